// Evidence of experiments, written and read back; labels of energy.
#include "gcompress/measure/experiment_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/energy_label.h"
#include "tests/measure/fake_machine.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;

Experiment experiment() {
  testing::FakeMachine machine;
  Experiment made;
  made.before = "before";
  made.after = "after";
  made.evidence = gather(machine.network(0.010, 250), machine.network(0.008, 200), machine.probes(),
                         {}, {.seed = 3});
  made.result = summarize(made.evidence);
  made.window_seconds = 10;
  made.sensors = {"powercap package-0"};
  made.gain_error = 0.05;
  made.power.power = processor_power_of_tdp(100);
  made.power.processors = 4;
  return made;
}

TEST(Evidence, ComesBackBitForBitWithTheSameFigures) {
  const Experiment written = experiment();
  const std::string text = evidence_to_json(written);
  const Experiment read = evidence_from_json(text, "windows-0.json");
  EXPECT_EQ(evidence_to_json(read), text);
  EXPECT_EQ(to_json_value(read), to_json_value(written));
  EXPECT_EQ(*read.result.joules->ratio, *written.result.joules->ratio);
}

TEST(Evidence, IsRefusedWithItsFileWhereItIsDamaged) {
  const std::string text = evidence_to_json(experiment());
  const auto refusal = [](const std::string& damaged) -> std::string {
    try {
      evidence_from_json(damaged, "windows-0.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "taken";
  };
  const auto with = [&text](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return changed;
  };
  EXPECT_THAT(refusal(text.substr(0, text.size() / 2)), HasSubstr("windows-0.json"));
  EXPECT_THAT(refusal(with("gcompress-windows/1", "gcompress-windows/2")), HasSubstr("schema"));
  EXPECT_THAT(refusal(with("\"seconds\"", "\"sekunden\"")), HasSubstr("seconds"));
  EXPECT_THAT(refusal(with("\"kind\": \"warm-up\"", "\"kind\": \"tea\"")), HasSubstr("'tea'"));
  EXPECT_THAT(refusal(with("\"block\": -1", "\"block\": 9000000000")), HasSubstr("block"));
  EXPECT_THAT(refusal(with("\"pilot_blocks\": 10", "\"pilot_blocks\": 0")), HasSubstr("rule"));
  EXPECT_THAT(refusal("[]"), HasSubstr("schema"));
}

TEST(ModelEnergy, WidensAbsoluteJoulesByTheGainAndKeepsTheRatio) {
  const Experiment made = experiment();
  const ModelEnergy energy = measured_energy(made, Side::kBefore);
  EXPECT_NEAR(*energy.per_inference.value, 2.5, 0.03);
  EXPECT_LT(energy.per_inference.interval->low, 2.5 * 0.955);
  EXPECT_GT(energy.per_inference.interval->high, 2.5 * 1.045);
  EXPECT_EQ(energy.sensors, made.sensors);
  EXPECT_NEAR(*ratio_figure(*made.result.joules).value, 0.64, 0.01);
}

TEST(ModelEnergy, IsAnEstimateWhereNothingWasMeasured) {
  Experiment made = experiment();
  made.evidence.step.reset();
  made.result = summarize(made.evidence);
  const ModelEnergy energy = energy_of(made, Side::kAfter, {});
  EXPECT_EQ(energy.per_inference.provenance, Provenance::kEstimated);
  EXPECT_TRUE(energy.sensors.empty());
  // Nothing tells how busy the processors were: from idle, 10 W, to all of 100 W, for 8 ms.
  EXPECT_NEAR(energy.per_inference.interval->low, 0.08, 0.01);
  EXPECT_NEAR(energy.per_inference.interval->high, 0.8, 0.01);
}

TEST(EnergyLabel, SaysWhatWasMeasuredOnWhatAndWhen) {
  ModelReport model;
  model.latency.emplace_back();
  model.latency.front().executor = "torch";
  model.latency.front().threads = 2;
  Host host;
  host.processor = "Some Processor";
  EXPECT_FALSE(energy_label(model, host, "2026-11-22").has_value());
  model.energy.emplace();
  model.energy->per_inference = {.value = 0.002, .unit = "J", .interval = Interval{0.001, 0.003}};
  const std::string words = label_in_words(*energy_label(model, host, "2026-11-22"));
  EXPECT_EQ(words,
            "2 mJ [1, 3] an inference by torch on Some Processor, batch 1, 2 threads, 2026-11-22");
}

TEST(EnergyLabel, IsReadFromForeignFilesWithCare) {
  for (const char* damaged : {"", "[", "{}", "[1]", R"({"joules_per_inference": 3})",
                              R"({"joules_per_inference": {"value": "x"}, "batch": 1})"}) {
    EXPECT_EQ(label_in_words(damaged), "a label that cannot be read");
  }
  const std::string escape =
      R"({"joules_per_inference": {"value": 1, "interval": null, "provenance": "measured"},)"
      R"("executor": "\u001b[31mred", "processor": "p", "batch": 1, "threads": 1, "date": "d"})";
  EXPECT_THAT(label_in_words(escape), HasSubstr("?[31mred"));
}

}  // namespace
}  // namespace gcompress::measure

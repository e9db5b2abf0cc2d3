// NVIDIA sensors against a library that stands in for the driver's (fake_nvml.cc).
#include "gcompress/measure/energy/nvml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "gcompress/measure/energy/calibration.h"
#include "gcompress/measure/energy/nvml_sensors.h"
#include "gcompress/measure/host.h"
#include "gcompress/measure/protocol/gpu_watch.h"
#include "tests/measure/energy/fake_system.h"

namespace gcompress::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Sets how the fake library behaves; its time is the test's.
class Nvml : public ::testing::Test {
 protected:
  ~Nvml() override {
    for (const char* name :
         {"FAKE_NVML", "FAKE_NVML_GPUS", "FAKE_NVML_SECONDS", "FAKE_NVML_FOREIGN"}) {
      unsetenv(name);
    }
  }

  static void behave(const std::string& how) { setenv("FAKE_NVML", how.c_str(), 1); }
  static void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
  void go_to(double seconds) {
    seconds_ = seconds;
    set("FAKE_NVML_SECONDS", std::to_string(seconds));
  }

  SensorEnvironment environment() {
    SensorEnvironment made;
    made.nvml_library = GCOMPRESS_FAKE_NVML;
    made.clock = {.now = [this] { return seconds_; },
                  .sleep = [this](double seconds) { go_to(seconds_ + seconds); }};
    return made;
  }
  SensorSearch find() { return find_nvml(environment()); }

 private:
  double seconds_ = 0;
};

TEST_F(Nvml, AnAbsentLibraryIsMissingWithARemedy) {
  SensorEnvironment none = environment();
  none.nvml_library = "libno-such-library.so.1";
  const SensorSearch search = find_nvml(none);
  EXPECT_THAT(search.found, IsEmpty());
  ASSERT_EQ(search.missing.size(), 1U);
  EXPECT_THAT(search.missing[0].reason, HasSubstr("libno-such-library.so.1"));
  EXPECT_THAT(search.missing[0].remedy, HasSubstr("driver"));
  EXPECT_FALSE(is_complete(search, Coverage::kGpu));
}

TEST_F(Nvml, AnotherLibraryIsRefused) {
  const NvmlOpened opened = open_nvml("libz.so.1");
  EXPECT_EQ(opened.library, nullptr);
  EXPECT_FALSE(opened.why_not.empty());
}

TEST_F(Nvml, ADriverThatIsNotLoadedIsMissing) {
  behave("no-init");
  EXPECT_THAT(words_of(find()), HasSubstr("nvmlInit: Driver Not Loaded"));
}

TEST_F(Nvml, KnownJoulesComeBackWithinAPercent) {
  const SensorSearch search = find();
  ASSERT_EQ(search.found.size(), 3U);
  const Sensor& counter = search.found[0];
  EXPECT_EQ(counter.kind, SensorKind::kEnergyCounter);
  EXPECT_EQ(counter.part, "gpu 0000:3b:00.0");
  EXPECT_EQ(counter.gain_error, 0.05);
  const double before = counter.read().value.value();
  for (double seconds = 0; seconds <= 60.05; seconds += 2.5) {
    go_to(seconds);
    ASSERT_TRUE(counter.read().value) << counter.read().why_not;
  }
  EXPECT_NEAR(counter.read().value.value() - before, 300 * 60, 300 * 60 * 0.01);
}

TEST_F(Nvml, PowerIsAverageAndInstant) {
  const SensorSearch search = find();
  ASSERT_EQ(search.found.size(), 3U);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(search.found[i].kind, SensorKind::kPower);
    EXPECT_DOUBLE_EQ(search.found[i].read().value.value(), 300);
  }
  const SensorChoice choice = choose(search.found);
  EXPECT_EQ(choice.used.size(), 1U);
  EXPECT_EQ(choice.spares.size(), 2U);
}

TEST_F(Nvml, TheStaircaseCalibratesToItsStep) {
  const SensorStep step =
      calibrate_step(find().found.at(0), environment().clock, {.pause_seconds = 1e-3});
  EXPECT_NEAR(step.seconds.value(), 0.1, 2e-3);
  EXPECT_NEAR(step.size.value(), 30, 1e-6);
}

TEST_F(Nvml, WhatIsNotSupportedIsMissingAndNeverZero) {
  behave("not-supported");
  const SensorSearch search = find();
  EXPECT_THAT(search.found, IsEmpty());
  EXPECT_THAT(words_of(search), HasSubstr("energy counter: Not Supported"));
  EXPECT_FALSE(is_complete(search, Coverage::kGpu));
}

TEST_F(Nvml, WithoutACounterPowerIsUsed) {
  behave("old");
  const SensorSearch search = find();
  ASSERT_EQ(search.found.size(), 1U);
  EXPECT_EQ(choose(search.found).used.at(0).kind, SensorKind::kPower);
  EXPECT_DOUBLE_EQ(search.found[0].read().value.value(), 300);
  EXPECT_TRUE(is_complete(search, Coverage::kGpu));
}

TEST_F(Nvml, MissingPermissionIsSaid) {
  behave("no-permission");
  EXPECT_THAT(words_of(find()), HasSubstr("Insufficient Permissions"));
}

TEST_F(Nvml, ACounterResetEndsTheCounter) {
  behave("reset");
  const Sensor counter = find().found.at(0);
  ASSERT_TRUE(counter.read().value);
  go_to(4);
  EXPECT_TRUE(counter.read().value);
  go_to(6);
  EXPECT_THAT(counter.read().why_not, HasSubstr("reset"));
  go_to(4);
  EXPECT_FALSE(counter.read().value) << "what was used meanwhile is lost for good";
}

TEST_F(Nvml, AStaleCounterIsNotZeroWatts) {
  behave("stale");
  const Sensor counter = find().found.at(0);
  ASSERT_TRUE(counter.read().value);
  go_to(15);
  EXPECT_THAT(counter.read().why_not, HasSubstr("has not moved"));
}

TEST_F(Nvml, AGpuThatIsLostBecomesUnavailable) {
  behave("lost");
  const SensorSearch search = find();
  go_to(6);
  for (const Sensor& sensor : search.found) {
    EXPECT_THAT(sensor.read().why_not, HasSubstr("GPU is lost")) << sensor.name;
  }
}

TEST_F(Nvml, CounterAndPowerCanBeComparedWhereTheyDisagree) {
  behave("mismatch");
  const SensorSearch search = find();
  const Sensor& counter = search.found.at(0);
  const double before = counter.read().value.value();
  go_to(5);
  const double watts = (counter.read().value.value() - before) / 5;
  EXPECT_NEAR(watts / search.found.at(1).read().value.value(), 0.57, 0.02);
}

TEST_F(Nvml, TwoGpusAreTwoPartsMatchedByBusId) {
  set("FAKE_NVML_GPUS", "2");
  const SensorSearch search = find();
  ASSERT_EQ(choose(search.found).used.size(), 2U);
  EXPECT_EQ(search.found[3].part, "gpu 0000:af:00.0");
  const NvmlOpened opened = open_nvml(GCOMPRESS_FAKE_NVML);
  const auto second = gpu_at(opened.library, "0000:AF:00.0");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->name, "Fake GPU 1");
  EXPECT_EQ(second->bus_id, "0000:af:00.0");
  EXPECT_FALSE(gpu_at(opened.library, "0000:77:00.0"));
}

TEST_F(Nvml, ADividedGpuIsNotMetered) {
  behave("mig");
  EXPECT_THAT(find().found, IsEmpty());
  EXPECT_THAT(words_of(find()), HasSubstr("MIG"));
}

TEST_F(Nvml, TheStateTellsClocksTemperatureAndWhoElseIsThere) {
  set("FAKE_NVML_FOREIGN", "4242");
  const NvmlOpened opened = open_nvml(GCOMPRESS_FAKE_NVML);
  std::vector<std::string> faults;
  const std::vector<Gpu> gpus = list_gpus(opened.library, faults);
  ASSERT_EQ(gpus.size(), 1U);
  const GpuState state = state_of(gpus[0]);
  EXPECT_EQ(state.sm_megahertz, 1980.0);
  EXPECT_EQ(state.memory_megahertz, 2619.0);
  EXPECT_EQ(state.temperature_celsius, 61.0);
  EXPECT_EQ(state.power_limit_watts, 700.0);
  EXPECT_EQ(state.mig, false);
  EXPECT_THAT(slowed_by(state), IsEmpty()) << "idle is no reason";
  const std::vector<unsigned> ours = {static_cast<unsigned>(getpid())};
  EXPECT_THAT(foreign_processes(state, ours), ElementsAre(4242U));
  EXPECT_EQ(nvidia_driver(*opened.library).version, "550.54.15");
  EXPECT_EQ(nvidia_driver(*opened.library).cuda, "12.4");
}

TEST_F(Nvml, ThrottleReasonsAreSaidInWords) {
  behave("throttled");
  const NvmlOpened opened = open_nvml(GCOMPRESS_FAKE_NVML);
  std::vector<std::string> faults;
  EXPECT_THAT(slowed_by(state_of(list_gpus(opened.library, faults).at(0))),
              ElementsAre("power cap", "hardware thermal slowdown"));
}

TEST_F(Nvml, AReportRecordsWhatTheGpuIsAndHowItWasLimited) {
  const std::vector<HostGpu> gpus = record_gpus(GCOMPRESS_FAKE_NVML);
  ASSERT_EQ(gpus.size(), 1U);
  EXPECT_EQ(gpus[0].driver, "550.54.15");
  EXPECT_EQ(gpus[0].power_limit_watts, 700.0);
  EXPECT_EQ(gpus[0].sm_megahertz, 1980.0);
  EXPECT_THAT(gpus[0].slowed_by, IsEmpty());
  EXPECT_THAT(record_gpus("libno-such-library.so.1"), IsEmpty());
}

// The GPUs that the fake library shows now.
std::vector<Gpu> shown_gpus() {
  const NvmlOpened opened = open_nvml(GCOMPRESS_FAKE_NVML);
  std::vector<std::string> faults;
  return list_gpus(opened.library, faults);
}

TEST_F(Nvml, AWatchRejectsWhatHappenedOnceAndForgetsIt) {
  GpuWatch watch(shown_gpus());
  EXPECT_EQ(watch.trouble(), "");
  behave("throttled");
  watch.sample();
  behave("");
  EXPECT_EQ(watch.trouble(), "a GPU was slowed down: power cap");
  EXPECT_EQ(watch.trouble(), "");
  EXPECT_EQ(watch.temperature(), 61.0);
  EXPECT_EQ(watch.megahertz(), 1980.0);
}

TEST_F(Nvml, AWatchTellsOthersFromThoseThatWereThereWithUs) {
  GpuWatch watch(shown_gpus());
  set("FAKE_NVML_FOREIGN", "4242");
  EXPECT_EQ(watch.trouble(), "another process used a GPU");
  GpuWatch later(shown_gpus());
  EXPECT_EQ(later.trouble(), "");
}

TEST_F(Nvml, AWatchRejectsADividedGpu) {
  GpuWatch watch(shown_gpus());
  behave("mig");
  EXPECT_EQ(watch.trouble(), "a GPU is divided into instances (MIG)");
}

TEST(NormalBusId, BringsAllSpellingsTogether) {
  for (const char* id : {"0000:3b:00.0", "00000000:3B:00.0", "3B:00.0"}) {
    EXPECT_EQ(normal_bus_id(id), "0000:3b:00.0") << id;
  }
  EXPECT_EQ(normal_bus_id("00010000:3B:00.0"), "00010000:3b:00.0");
  EXPECT_EQ(normal_bus_id(""), "");
}

}  // namespace
}  // namespace gcompress::measure

// Campaigns.
#include "gcompress/measure/carbon/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/energy/estimate.h"

namespace gcompress::measure {
namespace {

constexpr double kMostGiven = 1e15;  // of any number on the command line
constexpr double kMostGpus = 1e6;

void check_given(const char* what, double value) {
  if (value >= 0 && value <= kMostGiven) return;
  throw_usage(fmt::format("{} of {}", what, value), "give a number from 0 on");
}

// Divides at the end, not by a rounded factor: 2 kWh given come out as 2 kWh.
Figure scaled(const Figure& figure, double factor, double divisor, const std::string& unit) {
  Figure result{.value = figure.value, .unit = unit, .provenance = figure.provenance};
  if (result.value) result.value = *result.value * factor / divisor;
  if (figure.interval) {
    result.interval = {figure.interval->low * factor / divisor,
                       figure.interval->high * factor / divisor};
  }
  return result;
}

Joules joules_of(const Figure& figure) {
  const double value = *figure.value;
  return {.value = value, .interval = figure.interval.value_or(Interval{value, value})};
}

// Of the stages of one provenance; intervals add up by their ends, a missing one having no width.
CampaignLine line_of(std::span<const StageCost> stages, Provenance provenance) {
  CampaignLine line;
  std::vector<Figure> joules;
  bool intervals = false;
  for (const StageCost& stage : stages) {
    if (!stage.energy.value || stage.energy.provenance != provenance) continue;
    line.covers += (line.covers.empty() ? "" : ", ") + stage.name;
    joules.push_back(stage.energy);
    joules.back().interval = joules_of(stage.energy).interval;
    intervals |= stage.energy.interval.has_value();
  }
  if (joules.empty()) return line;
  line.joules = total_joules(joules);
  if (!intervals) line.joules.interval.reset();
  return line;
}

}  // namespace

Campaign campaign_of_hardware(const Hardware& hardware, double hours_a_run, double runs) {
  check_given("a processor power", hardware.processor_watts);
  check_given("a memory power", hardware.memory_watts);
  check_given("a GPU power", hardware.gpu_watts);
  check_given("hours", hours_a_run);
  check_given("a number of runs", runs);
  if (hardware.gpus < 0 || hardware.gpus > kMostGpus) {
    throw_usage(fmt::format("{} GPUs", hardware.gpus), "give a number from 0 to 1000000");
  }
  CampaignLine line;
  line.covers = fmt::format("{:.10g} run{} of {:.10g} h", runs, runs == 1 ? "" : "s", hours_a_run);
  line.joules = {.value = campaign_joules(hardware, hours_a_run, runs),
                 .unit = "J",
                 .provenance = Provenance::kEstimated};
  line.assumptions.push_back(fmt::format(
      "processors {:g} W, memory {:g} W, {} GPUs of {:g} W, all the time", hardware.processor_watts,
      hardware.memory_watts, hardware.gpus, hardware.gpu_watts));
  line.assumptions.emplace_back("no disks, fans, power supplies or network");
  return {.lines = {line}, .notes = {}};
}

Campaign campaign_of_kwh(double kwh) {
  check_given("an energy", kwh);
  const Figure joules{.value = kwh * kJoulesPerKwh, .unit = "J", .provenance = Provenance::kQuoted};
  return {.lines = {{.covers = "as given", .joules = joules}}, .notes = {}};
}

Campaign campaign_of_stages(std::span<const StageCost> stages) {
  Campaign campaign;
  for (const Provenance provenance :
       {Provenance::kMeasured, Provenance::kEstimated, Provenance::kQuoted}) {
    CampaignLine line = line_of(stages, provenance);
    if (line.joules.value) campaign.lines.push_back(std::move(line));
  }
  if (campaign.lines.size() > 1) {
    campaign.notes.emplace_back(
        "Measured, estimated and quoted energy stand apart and are not added up.");
  }
  for (const StageCost& stage : stages) {
    if (!stage.energy.value) {
      campaign.notes.push_back(
          fmt::format("The energy of stage {} is not known and in no line.", stage.name));
    } else if (stage.name == "measure" || stage.name == "train") {
      campaign.notes.push_back(
          fmt::format("Stage {} is in the sum; the break-even of the report itself leaves it out.",
                      stage.name));
    }
  }
  return campaign;
}

LineFootprint footprint_of_line(const CampaignLine& line, const FootprintOptions& options,
                                const FootprintConstants& constants) {
  const Footprint of_one = footprint_of(kJoulesPerKwh, options, constants);  // of 1 kWh
  const auto times = [&](double factor, const std::string& unit) {
    Figure figure = scaled(line.joules, factor, kJoulesPerKwh, unit);
    figure.provenance = Provenance::kEstimated;
    return figure;
  };
  LineFootprint result;
  result.kwh = scaled(line.joules, 1, kJoulesPerKwh, "kWh");
  result.kwh_facility = options.pue == 1 ? result.kwh : times(of_one.kwh_facility, "kWh");
  result.grams_co2e = times(of_one.grams_co2e, "g");
  result.pounds_co2e = times(of_one.grams_co2e / 1000 * kPoundsPerKilogram, "lb");
  result.phone_charges = times(of_one.phone_charges, "charges");
  result.car_km = times(of_one.car_km, "km");
  if (of_one.money) result.money = times(*of_one.money, of_one.money_unit);
  return result;
}

Figure saving_of(const StoredReport& report) {
  if (report.saving.value) return report.saving;
  const StoredModel* before = report.find(Role::kBefore);
  const Figure& ratio = report.energy_ratio;
  if (before == nullptr || !before->joules_per_inference.value || !ratio.value) return {};
  if (before->joules_per_inference.provenance != ratio.provenance) return {};
  if (!ratio.interval) return {};
  const Joules saving =
      saving_of(joules_of(before->joules_per_inference), *ratio.value, *ratio.interval);
  return {.value = saving.value,
          .unit = "J",
          .interval = saving.interval,
          .provenance = ratio.provenance};
}

LineBreakEven break_even_of_line(const CampaignLine& line, const Figure& saving) {
  if (!line.joules.value || !saving.value) return {.result = {}, .sentence = "not known"};
  const Provenance spent = line.joules.provenance;
  const bool one_kind = spent == saving.provenance || spent == Provenance::kQuoted ||
                        saving.provenance == Provenance::kQuoted;
  if (!one_kind) {
    return {.result = {},
            .sentence = fmt::format("not said: the campaign is {}, the saving {}", name_of(spent),
                                    name_of(saving.provenance))};
  }
  if (!saving.interval && saving.provenance != Provenance::kQuoted) {
    return {.result = {}, .sentence = "never shown: the saving has no interval"};
  }
  BreakEven result = break_even(joules_of(line.joules), joules_of(saving));
  return {.result = result, .sentence = result.sentence};
}

}  // namespace gcompress::measure

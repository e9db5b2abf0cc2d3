// Lines of what was tracked.
#include "gcompress/measure/carbon/tracked_campaign.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "gcompress/measure/energy/estimate.h"
#include "gcompress/measure/energy/sensors.h"

namespace gcompress::measure {
namespace {

bool was_measured(const Tracked& tracked, const SensorSearch& search, Coverage coverage) {
  if (!is_complete(search, coverage)) return false;
  return std::ranges::none_of(tracked.sensors, [&](const SensorTotal& sensor) {
    return sensor.coverage == coverage && !sensor.joules.value;
  });
}

void add_measured(const Tracked& tracked, Campaign& campaign) {
  const std::optional<CoverageTotal> parts = total_of_parts(tracked);
  if (parts && parts->joules.value) {
    campaign.lines.push_back(
        {.covers = fmt::format("{}", fmt::join(parts->parts, ", ")), .joules = parts->joules});
  }
  for (const CoverageTotal& total : totals_of(tracked)) {
    if (is_part_of_machine(total.coverage) || !total.joules.value) continue;
    const bool battery = total.coverage == Coverage::kBattery;
    campaign.lines.push_back(
        {.covers = battery ? "the machine by its battery" : "what the external meter meters",
         .joules = total.joules});
  }
}

CampaignLine estimate_of(const Tracked& tracked, const ProcessorPower& power, int processors) {
  EnergyEstimate estimate =
      estimate_by_power(power, tracked.seconds, utilization_of(tracked, processors));
  estimate.assumptions.emplace_back(
      tracked.processor_seconds
          ? "busy by what was tracked and its children only, as measured; other programs do nothing"
          : "how busy it was is not known");
  return {.covers = "the processor",
          .joules = figure_of(estimate),
          .assumptions = std::move(estimate.assumptions)};
}

void add_notes(const Tracked& tracked, const SensorSearch& search, Campaign& campaign) {
  bool lost_part = false;
  for (const SensorTotal& sensor : tracked.sensors) {
    if (sensor.joules.value) continue;
    campaign.notes.push_back(fmt::format("{}: {}.", sensor.name, sensor.why_not));
    lost_part |= is_part_of_machine(sensor.coverage);
  }
  if (lost_part) {
    campaign.notes.emplace_back("So there is no measured total of the machine's parts.");
  }
  std::set<std::string> parts;
  for (const Sensor& sensor : search.found) parts.insert(sensor.part);
  for (const MissingSensor& missing : search.missing) {
    if (missing.part.empty() || !parts.insert(missing.part).second) continue;
    campaign.notes.push_back(fmt::format("{} is not measured: {}.", missing.part, missing.reason));
  }
  campaign.notes.emplace_back(
      "Idle power is not subtracted: what the machine would have drawn anyway is in the figures; "
      "measured ones also hold what other programs did.");
  if (campaign.lines.size() > 1) {
    campaign.notes.emplace_back("Lines contain each other or differ in kind; they do not add up.");
  }
}

}  // namespace

Interval utilization_of(const Tracked& tracked, int processors) {
  if (!tracked.processor_seconds || tracked.seconds <= 0 || processors < 1) return {0, 1};
  const double share = *tracked.processor_seconds / (tracked.seconds * processors);
  return {std::clamp(share, 0.0, 1.0), std::clamp(share, 0.0, 1.0)};
}

Campaign campaign_of_tracked(const Tracked& tracked, const SensorSearch& search,
                             const ProcessorPower& power, int processors) {
  Campaign campaign;
  add_measured(tracked, campaign);
  if (!was_measured(tracked, search, Coverage::kPackage)) {
    campaign.lines.push_back(estimate_of(tracked, power, processors));
  }
  add_notes(tracked, search, campaign);
  return campaign;
}

}  // namespace gcompress::measure

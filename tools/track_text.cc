// What gcompress footprint --track found out about the sensors, for people.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gcompress/measure/text_table.h"
#include "gcompress/tools/footprint_findings.h"

namespace gcompress::tools {
namespace {

std::string joules_text(const measure::Figure& joules) {
  if (!joules.value) return "no total";
  std::string text = fmt::format("{:.5g} J", *joules.value);
  if (joules.interval) {
    text += fmt::format(" [{:.4g}, {:.4g}]", joules.interval->low, joules.interval->high);
  }
  return text;
}

std::string head_text(const TrackFinding& track) {
  const measure::Tracked& tracked = track.tracked;
  std::string text = fmt::format(
      "Tracked {} for {:.4g} s",
      track.command.empty() ? fmt::format("process {}", track.process) : track.command[0],
      tracked.seconds);
  if (track.exit_code) text += fmt::format(", exit code {}", *track.exit_code);
  if (track.interrupted) text += ", which goes on";
  if (tracked.processor_seconds && tracked.seconds > 0) {
    text += fmt::format("; {:.2f} of {} processors busy with it",
                        *tracked.processor_seconds / tracked.seconds, track.machine.processors);
  }
  return text + ".\n";
}

}  // namespace

std::string track_text(const TrackFinding& track) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(track.tracked.sensors.size());
  for (const measure::SensorTotal& sensor : track.tracked.sensors) {
    rows.push_back(
        {"  " + sensor.name, name_of(sensor.coverage), joules_text(sensor.joules), sensor.why_not});
  }
  for (const measure::CoverageTotal& total : totals_of(track.tracked)) {
    if (total.parts.size() < 2) continue;
    rows.push_back({"  in all", name_of(total.coverage), joules_text(total.joules), ""});
  }
  const std::string sensors = rows.empty() ? "  no energy sensor can be read; gcompress doctor "
                                             "says why\n"
                                           : measure::align(rows, 4);
  return head_text(track) + sensors;
}

}  // namespace gcompress::tools

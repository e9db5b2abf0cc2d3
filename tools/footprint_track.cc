// Tracking commands and processes.
#include "gcompress/tools/footprint_track.h"

#include <fmt/format.h>

#include <optional>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/carbon/tracked_campaign.h"
#include "gcompress/measure/energy/child_process.h"
#include "gcompress/measure/energy/process_times.h"
#include "gcompress/tools/interrupt.h"

namespace gcompress::tools {
namespace {

struct Prepared {
  TrackFinding finding;
  std::vector<measure::Sensor> sensors;
  measure::Clock clock;
};

Prepared prepare(const SensorArguments& given) {
  Prepared prepared;
  prepared.finding.machine = measure::describe_machine();
  prepared.finding.power = processor_power_of(given, prepared.finding.machine);
  const measure::SensorEnvironment environment = environment_of(given);
  prepared.clock = environment.clock;
  prepared.finding.search = measure::find_sensors(environment);
  prepared.sensors = measure::choose(prepared.finding.search.found).used;
  return prepared;
}

}  // namespace

TrackFinding track_command(const std::vector<std::string>& command, const SensorArguments& given) {
  Prepared prepared = prepare(given);
  std::optional<measure::ChildProcess> child;
  std::optional<measure::ProcessTree> tree;
  measure::TrackedWork work;
  work.begin = [&] {
    if (interrupt_flag()) throw Error(ErrorKind::kInterrupted, "interrupted; nothing was run");
    keep_signals();
    child.emplace(command);
    forward_signals_to(child->id());
    tree.emplace(child->id());
  };
  work.ended_within = [&](double seconds) { return child->ended_within(seconds); };
  work.processor_seconds = [&] { return tree ? tree->processor_seconds() : std::nullopt; };
  prepared.finding.tracked = measure::track(prepared.sensors, prepared.clock, work);
  forward_signals_to(0);
  prepared.finding.command = command;
  prepared.finding.exit_code = child->exit_code();
  return prepared.finding;
}

TrackFinding track_process(int process, const SensorArguments& given) {
  measure::ProcessTree tree(process);
  if (process < 1 || !tree.runs()) {
    throw_usage(fmt::format("no process {} can be seen", process),
                "give the number of one that runs");
  }
  Prepared prepared = prepare(given);
  measure::TrackedWork work;
  work.ended_within = [&](double seconds) {
    return tree.ended_within(seconds, prepared.clock, interrupt_flag());
  };
  work.processor_seconds = [&] { return tree.processor_seconds(); };
  prepared.finding.tracked = measure::track(prepared.sensors, prepared.clock, work);
  prepared.finding.process = process;
  prepared.finding.interrupted = tree.runs();
  return prepared.finding;
}

measure::Campaign campaign_of(const TrackFinding& finding) {
  return measure::campaign_of_tracked(finding.tracked, finding.search, finding.power,
                                      finding.machine.processors);
}

}  // namespace gcompress::tools

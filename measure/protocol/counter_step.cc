// Calibration of the protocol's counter.
#include "gcompress/measure/protocol/counter_step.h"

namespace gcompress::measure {

std::optional<CounterStep> calibrate_counter(const Probes& probes, const StepOptions& options) {
  // One that cannot be read is not waited for.
  if (!probes.energy || !probes.energy()) return std::nullopt;
  Sensor counter;
  counter.read = [&probes]() -> Reading {
    const std::optional<CounterReading> now = probes.energy();
    if (!now) return {.value = std::nullopt, .why_not = "the counter cannot be read"};
    return {.seconds = now->seconds, .value = now->joules, .why_not = {}};
  };
  const SensorStep step =
      calibrate_step(counter, {.now = probes.clock, .sleep = probes.wait}, options);
  if (!step.seconds || !step.size) return std::nullopt;
  return CounterStep{.seconds = *step.seconds, .joules = *step.size, .changes = step.changes};
}

}  // namespace gcompress::measure

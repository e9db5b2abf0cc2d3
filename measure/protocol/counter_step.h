// How often an energy counter moves, found by watching it: windows must be long against that.
#pragma once

#include <optional>

#include "gcompress/measure/energy/calibration.h"
#include "gcompress/measure/protocol/probes.h"

namespace gcompress::measure {

struct CounterStep {
  double seconds = 0;  // median between changes
  double joules = 0;   // median change
  int changes = 0;     // that the medians are of
};

// RAPL moves every millisecond; a counter slower than 30 s for 20 steps is of no use.
constexpr StepOptions kCounterCalibration = {
    .changes = 20, .seconds_at_most = 30, .pause_seconds = 2e-4};

// Watches an idle machine, as calibrate_step does a sensor. Nothing where the counter is absent,
// unreadable, or moves too seldom: such a counter must not be used. A window spans at least 50
// steps, so that the one step by which a difference of readings may be off is 2% of it.
std::optional<CounterStep> calibrate_counter(const Probes& probes,
                                             const StepOptions& options = kCounterCalibration);

}  // namespace gcompress::measure

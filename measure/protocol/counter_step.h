// How often an energy counter moves, found by watching it: windows must be long against that.
#pragma once

#include <optional>

#include "gcompress/measure/protocol/probes.h"

namespace gcompress::measure {

struct CounterStep {
  double seconds = 0;  // median between changes
  double joules = 0;   // median change
  int changes = 0;     // that were watched
};

struct CalibrationOptions {
  int changes = 21;             // at least 21: 20 intervals between them
  double poll_seconds = 2e-4;   // RAPL moves every millisecond
  double seconds_at_most = 30;  // a counter slower than that is of no use
};

// Watches an idle machine. Nothing where the counter is absent, unreadable, moves backwards or too
// seldom: such a counter must not be used. A window spans at least 50 steps, so that the one step
// by which a difference of readings may be off is 2% of it.
std::optional<CounterStep> calibrate_counter(const Probes& probes,
                                             const CalibrationOptions& options = {});

}  // namespace gcompress::measure

// Runs a workload until the machine is in a steady state.
#pragma once

#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/measure/protocol/window.h"

namespace gcompress::measure {

struct WarmUpOptions {
  double least_seconds = 30;
  double most_seconds = 300;           // then measuring begins anyway, and the result says so
  double slope_per_10_seconds = 0.01;  // of power, or of speed where no counter tells the power
  double temperature_change = 1;       // Celsius from one stretch to the next, where known
};

struct WarmUp {
  std::vector<Window> windows;  // stretches of slice_seconds
  bool steady = false;
  double inferences_per_second = 0;  // in the last stretch
};

// slice_seconds: at least 100 steps of the counter, or its grain hides a slope of 1%. Throws
// Error(kInterrupted) when cancelled.
WarmUp warm_up(const Probes& probes, const Workload& workload, Side side, double slice_seconds,
               const WarmUpOptions& options, const RunContext& context);

// Runs for about so long, in growing portions; how many inferences that were.
std::int64_t run_for(const Probes& probes, const Workload& workload, double seconds);

}  // namespace gcompress::measure

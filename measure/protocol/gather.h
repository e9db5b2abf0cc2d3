// The experiment: calibrates, warms up, and measures blocks of paired windows of two networks
// between idle baselines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/measure/protocol/counter_step.h"
#include "gcompress/measure/protocol/warm_up.h"
#include "gcompress/measure/protocol/window.h"
#include "gcompress/measure/statistics/two_stage.h"

namespace gcompress::measure {

struct ProtocolOptions {
  StoppingRule rule;           // its resolution is filled in from the counter's step
  double window_seconds = 10;  // longer where that is less than 100 steps of the counter
  double idle_seconds = 5;     // of a baseline; longer where that is less than 50 steps
  double settle_seconds = 2;   // idling before a baseline, not counted
  // Of work before each block, not counted, so that the first window is no colder than the others.
  double rewarm_seconds = 2;
  // Each window starts after a random wait of up to this, or up to two steps of the counter:
  // neither its grain nor a rhythm of the machine then meets always the same part of a window.
  double most_delay_seconds = 0.5;
  // No more blocks are begun than fit into so long, warm-up included, but at least three, however
  // wide the interval then is; 0: as the rule asks.
  double most_seconds = 0;
  double counters_differ = 0.05;  // flagged from here on; see WindowLimits
  WarmUpOptions warm_up = {};
  StepOptions calibration = kCounterCalibration;
};

// All that was read, in order. summarize() makes the figures of it, now or when verified later.
struct Evidence {
  std::uint64_t seed = 0;
  StoppingRule rule;
  std::optional<CounterStep> step;  // nullopt: no energy
  std::vector<Window> windows;      // warm-up, idle and work; rejected ones too
  std::vector<std::string> notes;   // sentences: what was missing or not as it should be
};

constexpr double kLeastSteps = 50;    // of the counter in any window that counts
constexpr double kWindowSteps = 100;  // in a window by default

// Measures `before` against `after` until the stopping rule is content; progress and cancellation
// by `context`, whose seed decides orders and delays. Works without an energy counter; then only
// time is measured. Throws Error(kUsage) where a network is so slow that one inference outlasts a
// window, and what the workloads throw.
Evidence gather(const Workload& before, const Workload& after, const Probes& probes,
                const ProtocolOptions& options, const RunContext& context);

}  // namespace gcompress::measure

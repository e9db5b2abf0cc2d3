// Latency of one run, first cut: networks take turns (ABBA), the same inputs, after a warm-up.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/measure/figure.h"

namespace gcompress::measure {

struct LatencyOptions {
  double seconds_each = 0.5;     // time spent on each network, about
  std::int64_t least_runs = 20;  // of each network, even if that takes longer
  std::int64_t most_runs = 5000;
  double seconds_at_most = 20;  // of each network, even if that gives fewer runs
};

struct LatencyResult {
  std::string executor;
  execute::Runtime runtime = {};  // its version and precision, as far as known
  std::int64_t batch = 1;
  int threads = 0;
  std::int64_t runs = 0;
  Figure median;  // milliseconds
  Figure p90;
};

// One result for each executor, in order. Rounds go through the executors forth and back, so that
// a drift of the machine falls on all alike.
std::vector<LatencyResult> measure_latency(std::span<execute::Executor* const> executors,
                                           const execute::Values& inputs, std::int64_t batch,
                                           const LatencyOptions& options,
                                           const RunContext& context);

}  // namespace gcompress::measure

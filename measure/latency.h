// Latency of one run: networks take turns in visits, forth and back, the same inputs, after a
// warm-up.
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
  double seconds_each = 0.5;     // spent on each network, about
  std::int64_t least_runs = 20;  // of each network, even if that takes longer
  std::int64_t most_runs = 10000;
  double seconds_at_most = 20;  // of each network, even if that gives fewer runs
  int visits = 20;              // turns of each network; even
};

// A network as latency sees it: seconds of each of so many runs, timed where they happen.
struct TimedNetwork {
  std::string executor;
  execute::Runtime runtime = {};
  std::function<std::vector<double>(std::int64_t runs)> times;
};

struct LatencyResult {
  std::string executor;
  execute::Runtime runtime = {};  // its version and precision, as far as known
  std::int64_t batch = 1;
  int threads = 0;
  std::int64_t runs = 0;
  Figure median;  // milliseconds of a run
  Figure p90;
  Figure p99;
  Figure throughput;                      // inferences a second: batch over the mean
  std::vector<double> milliseconds = {};  // evidence, in order; visits are equally long
  int visits = 0;
};

// One result for each network, in order. Rounds of visits go through the networks forth and back,
// so that a drift of the machine falls on all alike. The first runs of a visit, whose caches
// another network used, are not counted.
std::vector<LatencyResult> measure_latency(std::span<const TimedNetwork> networks,
                                           std::int64_t batch, const LatencyOptions& options,
                                           const RunContext& context);

// The figures of a result from its times; what verifying repeats.
void summarize_times(LatencyResult& result);

// after / before by the medians of visits, two neighbouring visits of each a block; the interval is
// Student's over the blocks. Value null where either was not measured.
Figure latency_ratio(const LatencyResult& before, const LatencyResult& after);

}  // namespace gcompress::measure

// Latency by alternating rounds.
#include "gcompress/measure/latency.h"

#include <algorithm>
#include <chrono>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/intervals.h"

namespace gcompress::measure {
namespace {

using Clock = std::chrono::steady_clock;

double run_once(execute::Executor& executor, const execute::Values& inputs) {
  const auto begin = Clock::now();
  executor.run(inputs);
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// Runs of each executor that fit the time, judged by the slowest after a warm-up.
std::int64_t choose_runs(std::span<execute::Executor* const> executors,
                         const execute::Values& inputs, const LatencyOptions& options) {
  double slowest = 0;
  for (execute::Executor* executor : executors) {
    constexpr int kWarmUp = 3;
    double last = 0;
    for (int i = 0; i < kWarmUp; ++i) last = run_once(*executor, inputs);
    slowest = std::max(slowest, last);
  }
  const auto fit = [&](double seconds) {
    return static_cast<std::int64_t>(seconds * 1000 / std::max(slowest, 1e-3));
  };
  const std::int64_t wanted =
      std::clamp(fit(options.seconds_each), options.least_runs, options.most_runs);
  return std::max<std::int64_t>(1, std::min(wanted, fit(options.seconds_at_most)));
}

Figure milliseconds(const QuantileResult& result) {
  return {.value = result.value,
          .unit = "ms",
          .interval = result.interval,
          .provenance = Provenance::kMeasured};
}

}  // namespace

std::vector<LatencyResult> measure_latency(std::span<execute::Executor* const> executors,
                                           const execute::Values& inputs, std::int64_t batch,
                                           const LatencyOptions& options,
                                           const RunContext& context) {
  std::vector<LatencyResult> results;
  if (executors.empty()) return results;
  const std::int64_t runs = choose_runs(executors, inputs, options);
  std::vector<std::vector<double>> times(executors.size());
  for (std::int64_t round = 0; round < runs; ++round) {
    context.check_cancelled();
    for (std::size_t i = 0; i < executors.size(); ++i) {
      const std::size_t turn = round % 2 == 0 ? i : executors.size() - 1 - i;
      times[turn].push_back(run_once(*executors[turn], inputs));
    }
    context.report({.work = "latency", .step = round + 1, .total = runs, .values = {}});
  }
  for (std::size_t i = 0; i < executors.size(); ++i) {
    results.push_back({.executor = executors[i]->name(),
                       .runtime = executors[i]->runtime(),
                       .batch = batch,
                       .threads = context.threads,
                       .runs = runs,
                       .median = milliseconds(quantile(times[i], 0.5)),
                       .p90 = milliseconds(quantile(times[i], 0.9))});
  }
  return results;
}

}  // namespace gcompress::measure

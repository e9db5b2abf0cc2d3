// Latency by alternating visits.
#include "gcompress/measure/latency.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/intervals.h"
#include "gcompress/measure/statistics/mean_interval.h"

namespace gcompress::measure {
namespace {

// Runs of each network that fit the time, a multiple of the visits, judged by the slowest after a
// warm-up.
std::int64_t runs_of_a_visit(std::span<const TimedNetwork> networks,
                             const LatencyOptions& options) {
  double slowest = 1e-6;
  for (const TimedNetwork& network : networks) {
    constexpr int kWarmUp = 5;
    slowest = std::max(slowest, network.times(kWarmUp).back());
  }
  const auto fit = [&](double seconds) { return static_cast<std::int64_t>(seconds / slowest); };
  const std::int64_t wanted =
      std::clamp(fit(options.seconds_each), options.least_runs, options.most_runs);
  const std::int64_t runs = std::min(wanted, fit(options.seconds_at_most));
  return std::max<std::int64_t>(1, runs / options.visits);
}

// One visit: a tenth more runs come first, to fill the caches.
void visit(const TimedNetwork& network, std::int64_t runs, std::vector<double>& milliseconds) {
  const std::int64_t first = std::max<std::int64_t>(1, runs / 10);
  const std::vector<double> seconds = network.times(first + runs);
  GCOMPRESS_CHECK(static_cast<std::int64_t>(seconds.size()) == first + runs);
  for (auto at = seconds.begin() + first; at != seconds.end(); ++at) {
    milliseconds.push_back(1000 * *at);
  }
}

Figure quantile_figure(const std::vector<double>& milliseconds, double share) {
  // Neighbours are alike; with few runs only the exact interval of independent ones is at hand.
  constexpr std::size_t kEnoughForSections = 100;
  std::vector<double> sample = milliseconds;
  const QuantileResult result = milliseconds.size() >= kEnoughForSections
                                    ? quantile_by_sections(milliseconds, share)
                                    : quantile(sample, share);
  return {.value = result.value, .unit = "ms", .interval = result.interval};
}

Figure throughput_of(const LatencyResult& result) {
  Figure figure{.value = std::nullopt, .unit = "inferences/s"};
  if (result.milliseconds.size() < 2) return figure;
  const MeanInterval mean = batch_means_interval(result.milliseconds);
  const double a_second = 1000 * static_cast<double>(result.batch);
  if (!(mean.mean > 0)) return figure;
  figure.value = a_second / mean.mean;
  if (mean.interval.low > 0) {
    figure.interval = {a_second / mean.interval.high, a_second / mean.interval.low};
  }
  return figure;
}

std::vector<double> visit_medians(const LatencyResult& result) {
  std::vector<double> medians;
  if (result.visits < 1) return medians;
  const auto length = static_cast<std::ptrdiff_t>(result.milliseconds.size()) / result.visits;
  for (int i = 0; length > 0 && i < result.visits; ++i) {
    const auto begin = result.milliseconds.begin() + i * length;
    std::vector<double> part(begin, begin + length);
    medians.push_back(quantile(part, 0.5).value);
  }
  return medians;
}

}  // namespace

void summarize_times(LatencyResult& result) {
  result.runs = static_cast<std::int64_t>(result.milliseconds.size());
  if (result.milliseconds.empty()) return;
  result.median = quantile_figure(result.milliseconds, 0.5);
  result.p90 = quantile_figure(result.milliseconds, 0.9);
  result.p99 = quantile_figure(result.milliseconds, 0.99);
  result.throughput = throughput_of(result);
}

std::vector<LatencyResult> measure_latency(std::span<const TimedNetwork> networks,
                                           std::int64_t batch, const LatencyOptions& options,
                                           const RunContext& context) {
  GCOMPRESS_CHECK(options.visits >= 2 && options.visits % 2 == 0);
  std::vector<LatencyResult> results;
  if (networks.empty()) return results;
  const std::int64_t runs = runs_of_a_visit(networks, options);
  for (const TimedNetwork& network : networks) {
    results.push_back({.executor = network.executor,
                       .runtime = network.runtime,
                       .batch = batch,
                       .threads = context.threads,
                       .visits = options.visits});
  }
  for (int round = 0; round < options.visits; ++round) {
    context.check_cancelled();
    for (std::size_t i = 0; i < networks.size(); ++i) {
      const std::size_t turn = round % 2 == 0 ? i : networks.size() - 1 - i;
      visit(networks[turn], runs, results[turn].milliseconds);
    }
    context.report({.work = "latency", .step = round + 1, .total = options.visits, .values = {}});
  }
  for (LatencyResult& result : results) summarize_times(result);
  return results;
}

Figure latency_ratio(const LatencyResult& before, const LatencyResult& after) {
  Figure figure{.value = std::nullopt, .unit = "after / before"};
  const std::vector<double> first = visit_medians(before);
  const std::vector<double> second = visit_medians(after);
  if (first.size() != second.size() || first.size() < 4) return figure;
  std::vector<double> log_ratios;
  for (std::size_t i = 0; i + 1 < first.size(); i += 2) {
    const double before_both = first[i] * first[i + 1];
    const double after_both = second[i] * second[i + 1];
    if (!(before_both > 0) || !(after_both > 0)) return figure;
    log_ratios.push_back(std::log(after_both / before_both) / 2);
  }
  const MeanInterval mean = student_interval(log_ratios);
  figure.value = std::exp(mean.mean);
  figure.interval = {std::exp(mean.interval.low), std::exp(mean.interval.high)};
  return figure;
}

}  // namespace gcompress::measure

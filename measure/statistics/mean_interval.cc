// Intervals for means.
#include "gcompress/measure/statistics/mean_interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/random.h"
#include "gcompress/measure/statistics/distributions.h"

namespace gcompress::measure {
namespace {

constexpr double kTail = 0.025;

// How far a resample's mean lies from the sample's, in errors of its own.
double studentized(const Moments& resample, double mean, double count) {
  const double off = resample.mean - mean;
  const double error = resample.deviation / std::sqrt(count);
  if (error > 0) return off / error;
  return off == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), off);
}

}  // namespace

Moments moments(std::span<const double> values) {
  if (values.empty()) return {};
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {.mean = mean, .deviation = values.size() > 1 ? std::sqrt(squares / (count - 1)) : 0};
}

MeanInterval student_interval(std::span<const double> values) {
  GCOMPRESS_CHECK(values.size() >= 2);
  const auto [mean, deviation] = moments(values);
  const auto count = static_cast<double>(values.size());
  const double half = student_quantile(1 - kTail, count - 1) * deviation / std::sqrt(count);
  return {.mean = mean, .interval = {mean - half, mean + half}};
}

MeanInterval bootstrap_t_interval(std::span<const double> values, const BootstrapOptions& options) {
  GCOMPRESS_CHECK(values.size() >= 2 && options.resamples >= 39);
  const auto [mean, deviation] = moments(values);
  if (deviation == 0) return {.mean = mean, .interval = {mean, mean}};
  const auto count = static_cast<double>(values.size());
  RandomStream random(options.seed, "bootstrap-t");
  std::vector<double> resample(values.size());
  std::vector<double> distances(static_cast<std::size_t>(options.resamples));
  for (double& distance : distances) {
    for (double& value : resample) {
      // 32 bits times the size: uneven by less than one in a million for any sample here.
      value = values[static_cast<std::size_t>((std::uint64_t{random()} * values.size()) >> 32)];
    }
    distance = studentized(moments(resample), mean, count);
  }
  std::ranges::sort(distances);
  // The k-th of R sorted values is the k / (R + 1) quantile: 25th and 975th of 999.
  const auto rank = static_cast<std::size_t>(std::floor(kTail * (options.resamples + 1)));
  const double low = distances[rank - 1];
  const double high = distances[distances.size() - rank];
  const double error = deviation / std::sqrt(count);
  return {.mean = mean, .interval = {mean - high * error, mean - low * error}};
}

MeanInterval batch_means_interval(std::span<const double> series, int batches) {
  GCOMPRESS_CHECK(series.size() >= 2 && batches >= 2);
  const auto wanted = static_cast<std::size_t>(batches);
  if (series.size() < 2 * wanted) return student_interval(series);
  std::vector<double> means;
  for (std::size_t batch = 0; batch < wanted; ++batch) {
    const std::size_t begin = batch * series.size() / wanted;
    const std::size_t end = (batch + 1) * series.size() / wanted;
    means.push_back(moments(series.subspan(begin, end - begin)).mean);
  }
  const MeanInterval over_batches = student_interval(means);
  const double half = (over_batches.interval.high - over_batches.interval.low) / 2;
  const double mean = moments(series).mean;
  return {.mean = mean, .interval = {mean - half, mean + half}};
}

}  // namespace gcompress::measure

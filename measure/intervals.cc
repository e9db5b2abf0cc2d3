// Intervals for accuracies and quantiles.
#include "gcompress/measure/intervals.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/statistics/distributions.h"

namespace gcompress::measure {
namespace {

constexpr double kNormal95 = 1.959963984540054;
constexpr double kTail = 0.025;

double interpolate(std::span<const double> sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = position - static_cast<double>(below);
  return sorted[below] * (1 - part) + sorted[above] * part;
}

// The smallest count with P(at most count of n) >= probability, 0 to n.
std::int64_t binomial_quantile(std::int64_t n, double share, double probability) {
  std::int64_t low = 0;
  std::int64_t high = n;
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (binomial_at_most(middle, n, share) >= probability) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// From the l-th to the u-th smallest (from 1): the number of values below the quantile is binomial,
// so the l-th lies above it with P(at most l - 1) and the u-th below it with 1 - P(at most u - 1).
// Each may be 2.5% at most.
std::optional<Interval> order_interval(std::span<const double> sorted, double share) {
  const auto n = static_cast<std::int64_t>(sorted.size());
  std::int64_t lower = binomial_quantile(n, share, kTail);  // P(at most lower) >= 2.5%
  if (binomial_at_most(lower, n, share) <= kTail) ++lower;
  const std::int64_t upper = binomial_quantile(n, share, 1 - kTail) + 1;
  if (lower < 1 || upper > n) return std::nullopt;
  return Interval{sorted[static_cast<std::size_t>(lower - 1)],
                  sorted[static_cast<std::size_t>(upper - 1)]};
}

}  // namespace

Figure scaled(const Figure& figure, double factor, const std::string& unit) {
  Figure result = figure;
  result.unit = unit;
  if (result.value) *result.value *= factor;
  if (result.interval)
    result.interval = {result.interval->low * factor, result.interval->high * factor};
  return result;
}

std::string name_of(Provenance provenance) {
  switch (provenance) {
    case Provenance::kMeasured:
      return "measured";
    case Provenance::kEstimated:
      return "estimated";
    case Provenance::kQuoted:
      return "quoted";
  }
  return "measured";
}

Interval proportion_interval(std::int64_t right, std::int64_t total) {
  GCOMPRESS_CHECK(right >= 0 && right <= total);
  if (total == 0) return {0, 1};
  const auto n = static_cast<double>(total);
  const double p = static_cast<double>(right) / n;
  const double z2 = kNormal95 * kNormal95;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kNormal95 / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  // Rounding must not leave the exact ends off their own estimate.
  return {right == 0 ? 0.0 : centre - half, right == total ? 1.0 : centre + half};
}

PairedCounts count_pairs(std::span<const float> before, std::span<const float> after) {
  GCOMPRESS_CHECK(before.size() == after.size());
  PairedCounts counts;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool was_right = before[i] > 0.5F;
    const bool is_right = after[i] > 0.5F;
    if (was_right && is_right) ++counts.both_right;
    if (was_right && !is_right) ++counts.only_before;
    if (!was_right && is_right) ++counts.only_after;
    if (!was_right && !is_right) ++counts.both_wrong;
  }
  return counts;
}

Interval paired_difference_interval(const PairedCounts& counts) {
  const double n = static_cast<double>(counts.total()) + 2;
  const double lost = (static_cast<double>(counts.only_before) + 1) / n;
  const double won = (static_cast<double>(counts.only_after) + 1) / n;
  const double half = kNormal95 * std::sqrt((lost + won - (won - lost) * (won - lost)) / n);
  return {std::max(-1.0, won - lost - half), std::min(1.0, won - lost + half)};
}

Interval unpaired_difference_interval(std::int64_t right_before, std::int64_t total_before,
                                      std::int64_t right_after, std::int64_t total_after) {
  GCOMPRESS_CHECK(total_before > 0 && total_after > 0);
  const double before = static_cast<double>(right_before) / static_cast<double>(total_before);
  const double after = static_cast<double>(right_after) / static_cast<double>(total_after);
  const Interval around_before = proportion_interval(right_before, total_before);
  const Interval around_after = proportion_interval(right_after, total_after);
  return {after - before - std::hypot(after - around_after.low, around_before.high - before),
          after - before + std::hypot(around_after.high - after, before - around_before.low)};
}

MeanDifference mean_difference(std::span<const float> before, std::span<const float> after) {
  GCOMPRESS_CHECK(before.size() == after.size());
  const auto n = static_cast<double>(before.size());
  if (before.empty()) return {};
  double sum = 0;
  for (std::size_t i = 0; i < before.size(); ++i) sum += double{after[i]} - double{before[i]};
  const double mean = sum / n;
  double squares = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double off = double{after[i]} - double{before[i]} - mean;
    squares += off * off;
  }
  const double t = n > 1 ? student_quantile(0.975, n - 1) : 0;
  const double half = n > 1 ? t * std::sqrt(squares / (n - 1) / n) : 0;
  return {.mean = mean, .interval = {mean - half, mean + half}};
}

QuantileResult quantile(std::span<double> sample, double share) {
  GCOMPRESS_CHECK(!sample.empty() && share >= 0 && share <= 1);
  std::ranges::sort(sample);
  return {.value = interpolate(sample, share), .interval = order_interval(sample, share)};
}

QuantileResult quantile_by_sections(std::span<const double> series, double share, int sections) {
  GCOMPRESS_CHECK(sections >= 2);
  const auto count = static_cast<std::size_t>(sections);
  std::vector<double> sorted(series.begin(), series.end());
  QuantileResult result = {.value = quantile(sorted, share).value, .interval = std::nullopt};
  constexpr std::size_t kLeastInSection = 10;
  if (series.size() < kLeastInSection * count) return result;
  double squares = 0;
  for (std::size_t section = 0; section < count; ++section) {
    const std::size_t begin = section * series.size() / count;
    const std::size_t end = (section + 1) * series.size() / count;
    sorted.assign(series.begin() + static_cast<std::ptrdiff_t>(begin),
                  series.begin() + static_cast<std::ptrdiff_t>(end));
    const double off = quantile(sorted, share).value - result.value;
    squares += off * off;
  }
  const double half =
      student_quantile(0.975, sections - 1) * std::sqrt(squares / (sections - 1) / sections);
  result.interval = {result.value - half, result.value + half};
  return result;
}

}  // namespace gcompress::measure

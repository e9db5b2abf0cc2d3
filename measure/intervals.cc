// Intervals for accuracies and medians.
#include "gcompress/measure/intervals.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

constexpr double kNormal95 = 1.959963984540054;

}  // namespace

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
  // Student's quantile by its expansion in 1 / degrees of freedom (Abramowitz & Stegun 26.7.5).
  const double freedom = std::max(1.0, n - 1);
  const double z = kNormal95;
  const double t = z + (z * z * z + z) / (4 * freedom) +
                   (5 * std::pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * freedom * freedom);
  const double half = n > 1 ? t * std::sqrt(squares / freedom / n) : 0;
  return {.mean = mean, .interval = {mean - half, mean + half}};
}

QuantileResult quantile(std::span<double> sample, double share) {
  GCOMPRESS_CHECK(!sample.empty() && share >= 0 && share <= 1);
  std::ranges::sort(sample);
  const auto at = [&](double position) {
    const double clamped = std::clamp(position, 0.0, static_cast<double>(sample.size() - 1));
    const auto below = static_cast<std::size_t>(clamped);
    const std::size_t above = std::min(below + 1, sample.size() - 1);
    const double part = clamped - static_cast<double>(below);
    return sample[below] * (1 - part) + sample[above] * part;
  };
  const auto n = static_cast<double>(sample.size());
  const double half = kNormal95 * std::sqrt(n * share * (1 - share));
  return {.value = at(share * (n - 1)),
          .interval = {at(std::floor(n * share - half)), at(std::ceil(n * share + half))}};
}

}  // namespace gcompress::measure

// 95% intervals for accuracies, their paired difference, and medians.
#pragma once

#include <cstdint>
#include <span>

#include "gcompress/measure/figure.h"

namespace gcompress::measure {

// Wilson's score interval of a proportion (Wilson 1927; Brown, Cai & DasGupta 2001, eq. 4).
Interval proportion_interval(std::int64_t right, std::int64_t total);

// How two networks did on the same samples.
struct PairedCounts {
  std::int64_t both_right = 0;
  std::int64_t only_before = 0;  // right before, wrong after
  std::int64_t only_after = 0;   // wrong before, right after
  std::int64_t both_wrong = 0;
  std::int64_t total() const { return both_right + only_before + only_after + both_wrong; }
};
// From per-sample results, 1 right and 0 wrong; equal lengths.
PairedCounts count_pairs(std::span<const float> before, std::span<const float> after);

// after - before in proportions: Bonett & Price 2012 (adjusted Wald: one added to each discordant
// count, two to the total), which covers well for small discordant counts.
Interval paired_difference_interval(const PairedCounts& counts);

// Mean of paired differences with Student's interval; for errors that are not 0 or 1.
struct MeanDifference {
  double mean = 0;
  Interval interval;
};
MeanDifference mean_difference(std::span<const float> before, std::span<const float> after);

// Quantile of a sample (linear interpolation) and a distribution-free interval for it from order
// statistics (binomial, normal approximation); the sample is sorted in place.
struct QuantileResult {
  double value = 0;
  Interval interval;
};
QuantileResult quantile(std::span<double> sample, double share);

}  // namespace gcompress::measure

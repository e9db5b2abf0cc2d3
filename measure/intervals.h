// 95% intervals for accuracies, their paired difference, and quantiles.
#pragma once

#include <cstdint>
#include <optional>
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

// The same where it is not known which samples are the same, or none are: Newcombe 1998, method 10,
// from Wilson's intervals. For the same samples it is wider than need be. Totals above 0.
Interval unpaired_difference_interval(std::int64_t right_before, std::int64_t total_before,
                                      std::int64_t right_after, std::int64_t total_after);

// Mean of paired differences with Student's interval; for errors that are not 0 or 1.
struct MeanDifference {
  double mean = 0;
  Interval interval;
};
MeanDifference mean_difference(std::span<const float> before, std::span<const float> after);

// Quantile of a sample (linear interpolation) and its distribution-free interval from order
// statistics, by exact binomial tails (David & Nagaraja 2003, section 7.1); for independent values
// of any distribution. The sample is sorted in place.
struct QuantileResult {
  double value = 0;
  std::optional<Interval> interval;  // nullopt: too few values to bound it, as 100 are for p99
};
QuantileResult quantile(std::span<double> sample, double share);

// The same for a series whose neighbours are alike (latencies of one process): each of `sections`
// runs of neighbours gives a quantile, and Student's t over their distances from the whole sample's
// gives the interval (sectioning: Asmussen & Glynn 2007, section III.5a). No interval below ten
// values a section.
QuantileResult quantile_by_sections(std::span<const double> series, double share,
                                    int sections = 10);

}  // namespace gcompress::measure

// 95% intervals for the mean of a few numbers: Student's, by bootstrap-t, and by batch means.
#pragma once

#include <cstdint>
#include <span>

#include "gcompress/measure/figure.h"

namespace gcompress::measure {

struct Moments {
  double mean = 0;
  double deviation = 0;  // with n - 1; 0 for fewer than two values
};
Moments moments(std::span<const double> values);

struct MeanInterval {
  double mean = 0;
  Interval interval;
};

// Student's t. The values must be independent: pass block differences, not windows. At least two.
MeanInterval student_interval(std::span<const double> values);

struct BootstrapOptions {
  int resamples = 999;
  std::uint64_t seed = 0;
};
// Bootstrap-t (Efron & Tibshirani 1993, section 12.5): quantiles of (mean* - mean) / error* over
// resamples replace Student's. A percentile bootstrap of ten values covers 89.5% instead of 95, so
// there is none here. Resamples of equal values count as infinitely far on the side of their mean.
// The interval is infinite where more than 2.5% of resamples are such.
MeanInterval bootstrap_t_interval(std::span<const double> values, const BootstrapOptions& options);

// Student's interval over the means of `batches` runs of neighbours, for a series whose neighbours
// are alike (Law & Kelton 2000, section 9.5.3). Fewer values than two a batch: batches are single
// values.. At least two values.
MeanInterval batch_means_interval(std::span<const double> series, int batches = 8);

}  // namespace gcompress::measure

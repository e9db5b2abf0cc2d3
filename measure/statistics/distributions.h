// Quantiles and tails of the distributions that intervals are made of, by Boost.Math.
#pragma once

#include <cstdint>

namespace gcompress::measure {

// x with P(X <= x) = share, 0 < share < 1.
double normal_quantile(double share);
double student_quantile(double share, double freedom);  // freedom > 0
double fisher_quantile(double share, double freedom_above, double freedom_below);

// P(X <= count) of `trials` with chance `share` each; 0 below 0, 1 from `trials` on.
double binomial_at_most(std::int64_t count, std::int64_t trials, double share);

}  // namespace gcompress::measure

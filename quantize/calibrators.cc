// The table of calibrators.
#include "gcompress/quantize/calibrators.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gcompress/core/base/error.h"

namespace gcompress::quantize {
namespace {

Range min_max(const Histogram& histogram, const CalibratorOptions&) {
  return {.low = histogram.low(), .high = histogram.high()};
}

// The same share of the numbers is cut off at both ends.
Range percentile(const Histogram& histogram, const CalibratorOptions& options) {
  const double cut =
      static_cast<double>(histogram.count()) * (1 - std::clamp(options.percentile, 0., 100.) / 100);
  const auto bins = histogram.bins();
  Range range = min_max(histogram, options);
  const auto last_within = [&](auto begin, auto end) {  // bins that hold no more than the cut
    double seen = 0;
    std::size_t passed = 0;
    for (; begin != end; ++begin, ++passed) {
      seen += static_cast<double>(*begin);
      if (seen > cut) break;
    }
    return passed;
  };
  const std::size_t below = last_within(bins.begin(), bins.end());
  const std::size_t above = last_within(bins.rbegin(), bins.rend());
  if (below > 0 && below < bins.size()) {
    range.low = std::clamp(static_cast<float>(histogram.begin(below)), range.low, 0.0F);
  }
  if (above > 0 && above < bins.size()) {
    range.high =
        std::clamp(static_cast<float>(histogram.begin(bins.size() - above)), 0.0F, range.high);
  }
  return range;
}

// Of the ranges that lie within [-t, t], the one of least loss. t falls from the extreme in steps.
using Loss = double (*)(const Histogram& histogram, const Range& range,
                        const CalibratorOptions& options);
Range least(Loss loss, const Histogram& histogram, const CalibratorOptions& options) {
  constexpr int kSteps = 128;
  const Range all = min_max(histogram, options);
  const float extreme = std::max(-all.low, all.high);
  Range best = all;
  double least_loss = loss(histogram, all, options);
  for (int step = kSteps - 1; step >= kSteps / 16; --step) {
    const float t = extreme * static_cast<float>(step) / kSteps;
    const Range range{.low = std::max(all.low, -t), .high = std::min(all.high, t)};
    const double value = loss(histogram, range, options);
    if (value < least_loss) {
      least_loss = value;
      best = range;
    }
  }
  return best;
}

// Kullback-Leibler divergence of the numbers from what is left of them (Migacz 2017, "8-bit
// inference with TensorRT"): those beyond the range count at its ends, and each level spreads what
// fell to it evenly over the bins that have any. Zeros are exact at any scale and are left out.
double divergence(const Histogram& histogram, const Range& range,
                  const CalibratorOptions& options) {
  const graph::ActivationQuantization quantization =
      graph::quantization_of_range(range.low, range.high, options.activations);
  const auto bins = histogram.bins();
  const auto inside = [&](std::size_t i) {
    return histogram.middle(i) >= range.low && histogram.middle(i) <= range.high;
  };
  std::size_t first = 0;
  std::size_t last = bins.size();
  while (first < last && !inside(first)) ++first;
  while (last > first && !inside(last - 1)) --last;
  if (first == last) return std::numeric_limits<double>::infinity();
  std::vector<double> clipped(bins.begin() + static_cast<std::ptrdiff_t>(first),
                              bins.begin() + static_cast<std::ptrdiff_t>(last));
  const std::vector<double> kept = clipped;
  for (std::size_t i = 0; i < first; ++i) clipped.front() += static_cast<double>(bins[i]);
  for (std::size_t i = last; i < bins.size(); ++i) clipped.back() += static_cast<double>(bins[i]);
  double total = 0;
  double kept_total = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    total += clipped[i];
    kept_total += kept[i];
  }
  if (kept_total == 0) return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (std::size_t begin = 0; begin < kept.size();) {
    const double level = graph::rounded_to(histogram.middle(first + begin), quantization);
    std::size_t end = begin;
    double mass = 0;
    int present = 0;
    for (; end < kept.size() &&
           graph::rounded_to(histogram.middle(first + end), quantization) == level;
         ++end) {
      mass += kept[end];
      present += kept[end] > 0 ? 1 : 0;
    }
    const double each = present > 0 ? mass / present / kept_total : 0;
    for (std::size_t i = begin; i < end; ++i) {
      const double p = clipped[i] / total;
      // What the range has and its levels have not is as good as not there.
      constexpr double kLeast = 1e-9;
      if (p > 0) sum += p * std::log(p / std::max(kept[i] > 0 ? each : 0, kLeast));
    }
    begin = end;
  }
  return sum;
}

double squared_error(const Histogram& histogram, const Range& range,
                     const CalibratorOptions& options) {
  const graph::ActivationQuantization quantization =
      graph::quantization_of_range(range.low, range.high, options.activations);
  const auto bins = histogram.bins();
  double sum = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i] == 0) continue;
    const double value = histogram.middle(i);
    const double error = value - graph::rounded_to(value, quantization);
    sum += static_cast<double>(bins[i]) * error * error;
  }
  return sum;
}

Range entropy(const Histogram& histogram, const CalibratorOptions& options) {
  return least(divergence, histogram, options);
}

Range mse(const Histogram& histogram, const CalibratorOptions& options) {
  return least(squared_error, histogram, options);
}

}  // namespace

std::span<const CalibratorRow> calibrators() {
  static const std::vector<CalibratorRow> rows = {
      {"min-max", "from the smallest to the largest number", min_max},
      {"percentile", "without the share of the numbers beyond --percentile at each end",
       percentile},
      {"entropy", "least divergence of the rounded distribution (Migacz 2017)", entropy},
      {"mse", "least squared error of the rounded numbers", mse},
  };
  return rows;
}

const CalibratorRow& calibrator(const std::string& name) {
  std::string names;
  for (const CalibratorRow& row : calibrators()) {
    if (row.name == name) return row;
    names += (names.empty() ? "" : ", ") + row.name;
  }
  throw_usage("there is no calibrator '" + name + "'", "there are " + names);
}

}  // namespace gcompress::quantize

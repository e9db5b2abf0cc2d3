// Counting, and joining bins.
#include "gcompress/quantize/histogram.h"

#include <algorithm>
#include <cmath>

namespace gcompress::quantize {
namespace {

constexpr int kLeastExponent = -140;

std::int64_t index_of(double value, double width) {
  return static_cast<std::int64_t>(std::floor(value / width));
}

// The smallest width 2^exponent with which the numbers from low to high fall into so many bins.
int exponent_for(double low, double high, std::int64_t most) {
  const double largest = std::max(-low, high);
  if (largest == 0) return kLeastExponent;
  int exponent = std::max(std::ilogb(largest) - 12, kLeastExponent);
  while (index_of(high, std::ldexp(1.0, exponent)) - index_of(low, std::ldexp(1.0, exponent)) >=
         most) {
    ++exponent;
  }
  return exponent;
}

}  // namespace

double Histogram::width() const { return std::ldexp(1.0, exponent_); }

void Histogram::make_room() {
  const int exponent = exponent_for(low_, high_, kMostBins);
  const double width = std::ldexp(1.0, exponent);
  const std::int64_t first = index_of(low_, width);
  const std::int64_t count = index_of(high_, width) - first + 1;
  if (!bins_.empty() && exponent == exponent_ && first == first_ &&
      count == static_cast<std::int64_t>(bins_.size())) {
    return;
  }
  std::vector<std::int64_t> joined(static_cast<std::size_t>(count), 0);
  const int shift = std::min(exponent - exponent_, 62);
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i] == 0) continue;
    const std::int64_t place = ((first_ + static_cast<std::int64_t>(i)) >> shift) - first;
    joined[static_cast<std::size_t>(place)] += bins_[i];
  }
  bins_ = std::move(joined);
  exponent_ = exponent;
  first_ = first;
}

bool Histogram::add(std::span<const float> values) {
  float low = low_;
  float high = high_;
  bool finite = true;
  for (const float value : values) {
    finite = finite && value - value == 0;  // not so for NaN and infinities
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (!finite) return false;
  low_ = low;
  high_ = high;
  make_room();
  const double per_width = std::ldexp(1.0, -exponent_);
  for (const float value : values) {
    if (value == 0) {
      ++zeros_;
      continue;
    }
    const auto index = static_cast<std::int64_t>(std::floor(value * per_width));
    ++bins_[static_cast<std::size_t>(index - first_)];
  }
  count_ += static_cast<std::int64_t>(values.size());
  return true;
}

}  // namespace gcompress::quantize

// The distribution of a value over many samples, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gcompress::quantize {

// Bins of equal width, a power of two, at multiples of that width. Where numbers come that do not
// fit, neighbours are joined until they do. So the bins depend on the numbers alone and not on
// their order, and there are never more than kMostBins of them.
class Histogram {
 public:
  static constexpr std::int64_t kMostBins = 4096;

  // False, and nothing is added, if any of them is NaN or infinite.
  [[nodiscard]] bool add(std::span<const float> values);

  // The extremes, exactly. They begin at 0, which every range must hold.
  float low() const { return low_; }
  float high() const { return high_; }
  std::int64_t count() const { return count_; }

  // Bin i holds numbers from begin(i) to begin(i + 1), without that; exact zeros are counted apart.
  std::span<const std::int64_t> bins() const { return bins_; }
  double begin(std::size_t bin) const {
    return static_cast<double>(first_ + static_cast<std::int64_t>(bin)) * width();
  }
  double middle(std::size_t bin) const { return begin(bin) + 0.5 * width(); }
  double width() const;
  std::int64_t zeros() const { return zeros_; }

 private:
  void make_room();  // for low_ and high_

  float low_ = 0;
  float high_ = 0;
  std::int64_t count_ = 0;
  std::int64_t zeros_ = 0;
  int exponent_ = 0;        // the width is 2^exponent
  std::int64_t first_ = 0;  // bin 0 begins at first_ * width
  std::vector<std::int64_t> bins_;
};

}  // namespace gcompress::quantize

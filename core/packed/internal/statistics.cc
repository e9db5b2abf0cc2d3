// What a tensor's elements are, in numbers.
#include "gcompress/core/packed/internal/statistics.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "gcompress/core/packed/internal/elements.h"

namespace gcompress::packed::internal {
namespace {

// -p log2 p
double surprise(double share) { return share > 0 ? -share * std::log2(share) : 0; }

// Counts different values until there are too many.
class Histogram {
 public:
  explicit Histogram(std::size_t width) : width_(width), stopped_(width > sizeof(std::uint64_t)) {}

  void add(const std::byte* element) {
    if (stopped_) return;
    ++counts_[bits_of_element(element, width_)];
    stopped_ = counts_.size() > kMostShared;
  }

  void write_to(Statistics& statistics) const {
    if (stopped_) return;
    std::vector<std::pair<std::uint64_t, std::size_t>> sorted(counts_.begin(), counts_.end());
    std::ranges::sort(sorted);
    for (const auto& [value, count] : sorted) {
      statistics.values.push_back(value);
      statistics.counts.push_back(count);
    }
  }

 private:
  std::size_t width_;
  bool stopped_;
  std::unordered_map<std::uint64_t, std::size_t> counts_;
};

}  // namespace

Statistics statistics_of(const Bytes& bytes, const ElementKind& kind) {
  Statistics statistics;
  statistics.elements = bytes.size() / kind.width;
  statistics.planes.resize(kind.width);
  Histogram histogram(kind.width);
  for_each_group(bytes, kind.width, [&](const std::byte* elements, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* element = elements + i * kind.width;
      if (!is_written(element, kind.width, kind.floating)) {
        statistics.negative_zeros += is_written(element, kind.width, false) ? 1 : 0;
        continue;
      }
      ++statistics.not_zero;
      histogram.add(element);
      for (std::size_t plane = 0; plane < kind.width; ++plane) {
        ++statistics.planes[plane][std::to_integer<std::size_t>(element[plane])];
      }
    }
  });
  histogram.write_to(statistics);
  return statistics;
}

double entropy_of_positions(std::size_t elements, std::size_t written) {
  if (elements == 0) return 0;
  const double share = static_cast<double>(written) / static_cast<double>(elements);
  return static_cast<double>(elements) * (surprise(share) + surprise(1 - share)) / 8;
}

double entropy_of_values(const Statistics& statistics) {
  double bits = 0;
  for (const std::size_t count : statistics.counts) {
    bits += surprise(static_cast<double>(count) / static_cast<double>(statistics.not_zero));
  }
  return static_cast<double>(statistics.not_zero) * bits / 8;
}

Bounds bounds_of(const Statistics& statistics, const ElementKind& kind) {
  const auto width = static_cast<double>(kind.width);
  Bounds bounds;
  bounds.positions =
      entropy_of_positions(statistics.elements, statistics.not_zero) +
      entropy_of_positions(statistics.elements - statistics.not_zero, statistics.negative_zeros);
  bounds.values = static_cast<double>(statistics.not_zero) * width;
  if (!statistics.values.empty()) {
    const double codebook = static_cast<double>(statistics.values.size()) * width;
    bounds.values = std::min(bounds.values, codebook + entropy_of_values(statistics));
  }
  return bounds;
}

}  // namespace gcompress::packed::internal

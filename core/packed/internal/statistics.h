// What a tensor's elements are, in numbers: from these the coding is chosen, and the least bytes
// that it could take are known. Internal to core/packed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gcompress/core/packed/internal/section.h"

namespace gcompress::packed::internal {

// More different values than this are not stored as a codebook.
inline constexpr std::size_t kMostShared = 4096;

struct Statistics {
  std::size_t elements = 0;
  std::size_t not_zero = 0;
  std::size_t negative_zeros = 0;
  // The different bit patterns that are not zero, ascending, and how often each occurs. Empty where
  // there are more than kMostShared, or elements are wider than 8 bytes.
  std::vector<std::uint64_t> values;
  std::vector<std::size_t> counts;
  // How often each byte stands at each place of the elements that are not zero, lowest place first.
  std::vector<std::array<std::size_t, 256>> planes;
};

Statistics statistics_of(const Bytes& bytes, const ElementKind& kind);

// Bits of entropy of each position (is it written, if all are equally likely to be?) and each
// written value (Shannon 1948), summed over the tensor, in bytes.
double entropy_of_positions(std::size_t elements, std::size_t written);
double entropy_of_values(const Statistics& statistics);

// What storing can hardly undercut if elements know nothing of each other: positions by their
// entropy; values in full width, or a codebook and the entropy of its indices where that is less.
Bounds bounds_of(const Statistics& statistics, const ElementKind& kind);

}  // namespace gcompress::packed::internal

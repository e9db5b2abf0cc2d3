// Masks: which elements of a weight are kept.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

// One bit an element, in the order of the tensor; 1 keeps. A value.
class Mask {
 public:
  Mask() = default;
  Mask(Shape shape, bool keep);

  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return size_; }
  std::int64_t kept() const;  // counts the bits

  bool test(std::int64_t index) const {
    return (words_[static_cast<std::size_t>(index >> 6)] >> (index & 63)) & 1;
  }
  void set(std::int64_t index, bool keep) {
    std::uint64_t& word = words_[static_cast<std::size_t>(index >> 6)];
    const std::uint64_t bit = std::uint64_t{1} << (index & 63);
    word = keep ? word | bit : word & ~bit;
  }
  // 64 elements a word, the first in the low bit; bits beyond size() are 0.
  std::span<const std::uint64_t> words() const { return words_; }

  // One byte an element, 1 keeps: for code that wants a tensor.
  std::vector<std::uint8_t> bytes() const;
  static Mask from_bytes(Shape shape, std::span<const std::uint8_t> bytes);
  // As many words as words() of that shape has; bits beyond the last element are cleared.
  static Mask from_words(Shape shape, std::vector<std::uint64_t> words);

  bool operator==(const Mask&) const = default;

 private:
  Shape shape_;
  std::int64_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

// A weight without an entry is kept whole.
using Masks = std::map<WeightId, Mask>;

// The tensor with masked elements set to +0, in memory of its own. The pages of a mapped tensor are
// released piece by piece, so that the old and the new tensor together cost about one of them.
// Throws Error(kInput) if the shapes differ or the elements are smaller than a byte.
Tensor masked(const Tensor& tensor, const Mask& mask);
// The network with every mask applied. Throws Error(kInput) if a mask's shape is not its weight's,
// or the network has no such weight.
Network apply_masks(const Network& network, const Masks& masks);
// The masks that the zeros of the network's prunable weights make.
Masks masks_of_zeros(const Network& network);

}  // namespace gcompress::graph

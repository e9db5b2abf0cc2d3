// Ranking: finds the k best scores of some layers by radix selection on the float bits. Two passes
// of 16 bits over streamed scores, no sort and no copy; histograms are kept between budgets.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "gcompress/core/graph/masks.h"
#include "gcompress/prune/allocate.h"

namespace gcompress::prune {

// Unsigned keys in the order of the floats; key 0 is never a score: it marks what is removed.
std::uint32_t key_of(float score);

// Elements with larger keys stay, and so do the first `ties` with this key.
struct Cut {
  std::uint32_t key = 0xFFFFFFFFU;
  std::int64_t ties = 0;
};

class Ranking {
 public:
  explicit Ranking(AllocateInputs inputs);

  const AllocateInputs& inputs() const { return inputs_; }
  std::size_t layers() const { return inputs_.weights.size(); }
  std::int64_t size(std::size_t layer) const { return inputs_.weights[layer]->size(); }
  // Elements that are not removed yet.
  std::int64_t present(std::size_t layer) const { return present_[layer]; }
  std::int64_t floor(std::size_t layer) const;

  // The cut that keeps exactly `keep` elements of these layers; 0 <= keep <= what is present.
  Cut cut(std::span<const std::size_t> layers, std::int64_t keep);
  // How many elements of each of these layers the cut keeps, ties given out in their order.
  std::vector<std::int64_t> kept_by(std::span<const std::size_t> layers, const Cut& cut);
  // The layer's mask. Takes its ties from cut.ties, for the next layer to go on.
  graph::Mask mask(std::size_t layer, Cut& cut) const;

 private:
  // How often 16-bit digits occur, those that do, in rising order.
  struct Histogram {
    std::vector<std::uint32_t> digits;
    std::vector<std::uint32_t> counts;

    std::int64_t at(std::uint32_t digit) const;
    std::int64_t above(std::uint32_t digit) const;
    void add_to(std::vector<std::int64_t>& sums) const;
  };

  // Calls visit(begin, keys) for the pieces of a layer, in order.
  template <typename Visit>
  void for_each_piece(std::size_t layer, Visit&& visit) const;
  static Histogram compact(const std::vector<std::uint32_t>& counts);
  // Low digits of the elements with this high digit.
  const Histogram& low_digits(std::size_t layer, std::uint32_t high);

  AllocateInputs inputs_;
  std::vector<std::int64_t> present_;
  std::vector<Histogram> high_;                                     // one a layer
  std::map<std::pair<std::size_t, std::uint32_t>, Histogram> low_;  // a cache
  std::size_t low_digits_held_ = 0;
};

}  // namespace gcompress::prune

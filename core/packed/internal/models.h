// What the range coder is told about a tensor: how likely an element is to be written, and which
// value it has. Encoder and decoder ask and learn alike. Internal to core/packed; docs/formats.md
// describes both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gcompress/core/packed/internal/range_coder.h"

namespace gcompress::packed::internal {

// Is an element written? Elements are taken in rows. Outputs and inputs of a layer differ much in
// how many weights they keep, so the chance of an element is estimated as that of its column, among
// the rows before, times that of its row so far, over that of all. The chance, in half octaves,
// chooses the AdaptiveBit, which learns what is true.
class PositionModel {
 public:
  // `written` of `elements` are; `row` elements make a row.
  PositionModel(std::uint64_t elements, std::uint64_t written, std::size_t row);

  AdaptiveBit& bit() { return levels_[level()]; }
  void update(bool written);

 private:
  std::size_t level() const;

  std::uint32_t overall_;  // the share that is written, of kOne
  std::uint64_t inverse_;  // 2^40 / overall
  std::uint32_t prior_;    // elements that the shares of rows and columns start with
  std::vector<std::uint32_t> columns_;
  std::uint32_t row_share_;
  std::size_t column_ = 0;
  std::uint32_t rows_done_ = 0;
  std::vector<AdaptiveBit> levels_;
};

// Numbers below 2^bits, highest bit first; each bit's chance depends on the bits before it.
class SymbolModel {
 public:
  explicit SymbolModel(int bits) : bits_(bits), nodes_(std::size_t{1} << bits) {}

  void encode(std::uint32_t symbol, RangeEncoder& encoder);
  std::uint32_t decode(RangeDecoder& decoder);

 private:
  int bits_;
  std::vector<AdaptiveBit> nodes_;
};

}  // namespace gcompress::packed::internal

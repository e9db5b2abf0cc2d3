// How the two-of-four SpMM wants its matrix: strips of 16 rows, a bit for each element, the values
// of those that fit 2:4, and a list of the others.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cuda/values.h"

namespace gcompress::cuda::two_four_spmm {

struct ResidualEntry {
  std::uint32_t place;  // row within the strip << 28 | column
  float value;
};
static_assert(sizeof(ResidualEntry) == 8);

// Strips of 16 rows, in each steps of 64 columns, in each pieces of 32 columns, in each four
// bitmaps: rows 0-7 columns 0-15, rows 8-15 columns 0-15, rows 0-7 columns 16-31, rows 8-15 columns
// 16-31. A bitmap is 128 bits, bit 16 row + column, in four words, the lower first. Of four
// neighbours (columns 4 i to 4 i + 3) at most two bits are set: the first two nonzeros. Others are
// in the list. What lies outside of the matrix is zero.
struct TwoFourMatrix {
  int rows = 0;
  int columns = 0;
  std::vector<std::uint32_t>
      value_begin;                     // of (strip, step) in chunks of 8 values: strips * steps + 1
  std::vector<std::uint32_t> bitmaps;  // [strips][steps][2 pieces][4 bitmaps][4]
  std::vector<std::uint16_t>
      values;  // fp16, in the order of bits; each (strip, step) filled up to a chunk
  std::vector<std::uint32_t> residual_begin;  // of each strip, and the end: strips + 1
  std::vector<ResidualEntry> residual;        // by strip, row, column

  int strips() const;
  int steps() const;
  std::size_t bytes() const;  // of all five arrays
};

// Elements that are 0 (also after rounding to fp16) are left out. ErrorKind::kUnsupported beyond
// 2^28 columns.
TwoFourMatrix pack(const DenseMatrix& weight);

}  // namespace gcompress::cuda::two_four_spmm

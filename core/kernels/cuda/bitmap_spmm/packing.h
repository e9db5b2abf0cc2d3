// How the bitmap SpMM wants its matrix: strips of 16 rows, a bit for each element and the values
// that are not zero.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cuda/values.h"

namespace gcompress::cuda::bitmap_spmm {

// Strips of 16 rows, in each steps of 64 columns, in each pieces of 16 columns, in each four
// quadrants of 8x8: rows 0-7 columns 0-7, rows 8-15 columns 0-7, rows 0-7 columns 8-15, rows 8-15
// columns 8-15. A quadrant is 64 bits, bit 8 row + column, in two words, the lower first. What lies
// outside of the matrix is zero.
struct BitmapMatrix {
  int rows = 0;
  int columns = 0;
  ValueType type = ValueType::kHalf;
  std::vector<std::uint32_t>
      value_begin;                     // of (strip, step) in chunks of 8 values: strips * steps + 1
  std::vector<std::uint32_t> bitmaps;  // [strips][steps][4 pieces][4 quadrants][2]
  std::vector<std::uint16_t>
      values;  // in the order of bits; each (strip, step) filled up to a whole chunk

  int strips() const;
  int steps() const;
  std::size_t bytes() const;  // of all three arrays
};

// Elements that are 0 (also after rounding to the format, kHalf or kBfloat16) are left out.
BitmapMatrix pack(const DenseMatrix& weight, ValueType type);

}  // namespace gcompress::cuda::bitmap_spmm

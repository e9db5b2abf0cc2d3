// How the skinny SpMM wants its matrix: the nonzeros of each row, cut into slabs of 256 columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cuda/values.h"

namespace gcompress::cuda::skinny_spmm {

// Nonzeros row by row, and in a row by column. Segment (r, s) is those of row r with columns 256 s
// to 256 s + 255: entries segment_begin[r * slabs + s] up to segment_begin[r * slabs + s + 1].
struct SlabMatrix {
  int rows = 0;
  int columns = 0;
  ValueType type = ValueType::kFloat;
  std::vector<std::uint32_t> segment_begin;  // rows * slabs + 1
  std::vector<std::uint8_t> indices;         // column % 256 of each nonzero
  std::vector<std::byte> values;             // of each nonzero, in its format

  int slabs() const;
  std::size_t nonzeros() const { return indices.size(); }
  std::size_t bytes() const;  // of all three arrays
};

// Elements that are 0 (also after rounding to the format) are left out. ErrorKind::kUnsupported
// beyond 2^32 - 1 nonzeros.
SlabMatrix pack(const DenseMatrix& weight, ValueType type);

}  // namespace gcompress::cuda::skinny_spmm

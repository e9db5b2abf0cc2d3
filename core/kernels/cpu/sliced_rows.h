// Sparse rows times one vector, whose elements are gathered: a row a lane, so that nothing is
// summed over lanes.
//
// Of 256 rows at a time, rows are ordered by their number of taps and taken sixteen at a time, a
// slice; a slice's taps lie step by step, one of each row, with a column of 16 bits, so that a tap
// takes 6 bytes. Threads that share the slices write lines of outputs of their own. Shorter rows of
// a slice repeat their last column with the value 0: an infinite input there gives NaN.
//
// One core of an Intel Xeon (Sapphire Rapids): 3.4 taps a nanosecond, as many as it gathers. Sliced
// ELLPACK with sorted rows: Kreutzer et al., A Unified Sparse Matrix Data Format for Efficient
// General Sparse Matrix-Vector Multiplication on Modern Processors (2014).
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::kernels {

inline constexpr std::int64_t kSliceRows = 16;
inline constexpr std::int64_t kMostSlicedColumns = 65'536;

// A value; one for all instruction sets.
struct SlicedRows {
  std::vector<std::int32_t> order;        // rows: of each 256 by falling number of taps
  std::vector<std::int64_t> begin = {0};  // of each slice, and the end, in steps
  std::vector<std::int32_t> filled;       // of each slice: rows that have taps, its first
  std::vector<std::uint16_t> columns;     // [steps][16]
  std::vector<float> values;              // [steps][16]

  std::int64_t rows() const { return static_cast<std::int64_t>(order.size()); }
  std::int64_t slices() const { return static_cast<std::int64_t>(begin.size()) - 1; }
};

// Offsets are columns, below kMostSlicedColumns.
SlicedRows slice_rows(const TapRows& weight);

// Slices of a share of the work, for callers that share it among threads: shares [begin, end) of
// `shares`, alike in taps. Rows without taps, and with them slices, go to the last.
RowRange slices_of(const SlicedRows& weight, std::int64_t share, std::int64_t shares);

// y[r] = clamp(bias[r] + sum of W[r][c] x[c] + add[r add_stride]) for rows of these slices. Sums
// are made tap by tap.
void multiply_sliced_rows(const SlicedRows& weight, RowRange slices, const float* x, float* y,
                          const Epilogue& epilogue);

}  // namespace gcompress::kernels

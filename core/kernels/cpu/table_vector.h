// Sparse rows of 8-bit weights times a single vector, by tables in a register.
//
//   sum[r] = bias[r] + sum over kept inputs i of row r: w[r][i] x[i]
//
// 64 inputs are a register; vpermb takes any 64 of its bytes at once. So a step is 16 rows with
// four kept weights each within the same 64 inputs: 64 places and 64 weights, two loads beside the
// inputs', a permutation and a vpdpbusd. Sums of 16 rows are a register, too. A row with fewer kept
// weights than the fullest of its 16 is filled up with zeros: at a tenth of the weights a bit more
// than half of the slots are used, so a kept weight takes 3.7 bytes, and 0.37 of the bytes of dense
// rows are read, as by quad_vector.h, but in a sixth of the instructions.
// 768 x 3072 at a tenth takes 13 us out of the second cache (Sapphire Rapids): 66 bytes a
// nanosecond.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {

// A value.
struct TableRows {
  std::int64_t rows = 0;
  std::vector<std::int64_t> begin = {0};  // steps of each 16 rows, and the end
  std::vector<std::int32_t> block;        // of each step: its 64 inputs are those from 64 block on
  std::vector<std::uint8_t> places;       // [steps][16 rows][4], within the block
  std::vector<std::int8_t> weights;       // [steps][16 rows][4]

  std::int64_t steps() const { return static_cast<std::int64_t>(block.size()); }
};

// Rows whose offsets are quads of a vector, none shared.
TableRows table_rows(const QuadRows& rows);

// As QuadVectorKernel's (quad_vector.h): `x` holds whole blocks of 64, ranges begin at a multiple
// of 16, bias and scale are those of row 0. Exact, with the same codes.
struct TableVectorKernel {
  const char* name;
  bool (*runs_here)();
  void (*multiply)(const TableRows& weight, RowRange rows, const std::uint8_t* x,
                   std::uint8_t* codes, const Requantization& finish);
  void (*multiply_to_floats)(const TableRows& weight, RowRange rows, const std::uint8_t* x,
                             float* y, const Dequantization& finish);
};

// Null where this build or this processor has none.
const TableVectorKernel* table_vector_kernel();

}  // namespace gcompress::kernels

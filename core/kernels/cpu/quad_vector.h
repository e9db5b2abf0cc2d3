// Sparse rows over quads times a single vector: what quad_rows.h does where there is one position.
//
//   sum[r] = bias[r] + sum over quads q of row r: w[r][q][0..3] . x[q][0..3]
//
// There lanes cannot be positions, so they are 16 quads that lie beside each other. A row has a
// mask for each such block, and the kept quads' weights one after another; a block's weights are
// spread to their lanes by the mask (vpexpandd). So a row reads 2 bytes a block and 4 a kept quad:
// of rows with every tenth weight kept, 0.37 of the bytes of a dense one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {

// A value.
struct MaskedQuads {
  std::int64_t rows = 0;
  std::int64_t blocks = 0;                // of 16 quads: 64 inputs
  std::vector<std::uint16_t> masks;       // [rows][blocks]
  std::vector<std::int32_t> weights;      // of kept quads, four int8 each
  std::vector<std::int64_t> begin = {0};  // of each row's weights, and the end
};

// Rows whose offsets are quads of a vector of so many, taps in rising order and none shared.
MaskedQuads masked_quads(const QuadRows& rows, std::int64_t quads);

// One instruction set's kernels. `x` holds whole blocks; what is beyond the last quad is multiplied
// by 0. Bias and scale are those of row 0. Exact, as in quad_rows.h; the same codes.
struct QuadVectorKernel {
  const char* name;
  bool (*runs_here)();
  // codes[r] for the rows of the range, `codes` at the first of them. No residual.
  void (*multiply)(const MaskedQuads& weight, RowRange rows, const std::uint8_t* x,
                   std::uint8_t* codes, const Requantization& finish);
  void (*multiply_to_floats)(const MaskedQuads& weight, RowRange rows, const std::uint8_t* x,
                             float* y, const Dequantization& finish);
};

// Best first; the last runs everywhere.
std::span<const QuadVectorKernel> quad_vector_kernels();
// The first that runs here and is faster than quad_rows.h for one position, or null.
const QuadVectorKernel* fast_quad_vector_kernel();

}  // namespace gcompress::kernels

// A sparse matrix by columns, times a vector of which many elements are zero: their columns are not
// looked at.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::kernels {

struct SparseColumns {
  std::int64_t rows = 0;
  std::vector<std::int64_t> begin;  // of each column, and the end
  std::vector<std::int32_t> row;    // of each value
  std::vector<float> values;
};

// Of a matrix [rows, columns] whose offsets are columns.
SparseColumns columns_of(const TapRows& weight, std::int64_t columns);

// y[r] = clamp(bias[r] + sum of W[r][c] x[c] + add[r]). Zeros in x are skipped, whatever W holds
// there.
void multiply_columns_by_vector(const SparseColumns& weight, const float* x, float* y,
                                const Epilogue& epilogue);

}  // namespace gcompress::kernels

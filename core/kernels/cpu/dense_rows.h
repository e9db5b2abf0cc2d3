// Dense rows over shifted inputs: what tap_rows.h computes, for weights of which most are kept.
//
// A few rows times a few vectors of columns stay in registers while inputs pass: each input is
// loaded once for all those rows, and each value once for all those vectors. Values are packed in
// the order in which they are read. With offsets of matrices this is a matrix product, with those
// of convolutions one without copies of the input (indirect convolution: Dukhan, The Indirect
// Convolution Algorithm, 2019).
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::kernels {

// Packed for the instruction set that is chosen when the program runs. A value.
struct DenseRows {
  struct Group {
    std::int64_t row = 0;     // the first
    std::int64_t rows = 0;    // that exist
    std::int64_t height = 0;  // that are computed: 4, 8 or 12, or half of those
    std::int64_t values = 0;  // where its values begin, [offsets][height]
  };
  std::vector<Group> groups;
  std::vector<std::int32_t> offsets;  // of all rows
  std::vector<float> values;
};

// Taps that a row has not become zeros.
DenseRows pack_dense_rows(const TapRows& weight);

// Columns [begin, end), multiples of 16, of the groups [first, last). As multiply_tap_rows(), but
// y, bias and what is added are those of row 0 and column 0.
struct ColumnRange {
  std::int64_t begin = 0, end = 0;
};
void multiply_dense_rows(const DenseRows& weight, std::int64_t first, std::int64_t last,
                         ColumnRange columns, const float* x, float* y, std::int64_t y_stride,
                         const Epilogue& epilogue);

// Rows [range) of y_s = clamp(W x_s + bias + add_s) for W [rows, k] row-major and a few samples:
// each weight is read once for up to four. x [samples, k], y and add [samples, y_stride]; y, bias
// and add of row 0. The epilogue's strides and mask are not looked at.
void multiply_matrix_by_vectors(const float* weight, std::int64_t k, RowRange range,
                                std::int64_t samples, const float* x, float* y,
                                std::int64_t y_stride, const Epilogue& epilogue);

}  // namespace gcompress::kernels

// Matrices from row-major order to columns of whole cache lines and back.
#pragma once

#include <cstdint>

namespace gcompress::kernels {

// to[j stride + i] = from[i from_row + j], i < rows, j < columns; 0 for rows <= i < stride.
void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t stride);

// to[i to_row + j] = from[j stride + i], i < rows, j < columns.
void transpose_back(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                    float* to, std::int64_t to_row);

}  // namespace gcompress::kernels

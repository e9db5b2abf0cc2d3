// Calls the product of dense matrices.
#pragma once

#include <cstdint>
#include <limits>

#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda::dense_product {

// A batch of matrices on the device: element (row, column) of matrix i at
// values + i batch + row row_step + column column_step. 0 steps from batch to batch: one for all.
struct Matrices {
  const float* values = nullptr;
  std::int64_t batch = 0;
  std::int64_t row_step = 0;
  std::int64_t column_step = 1;
};

struct Product {
  int m = 0;  // a [m][k], b [k][n], y [m][n]
  int n = 0;
  int k = 0;
  int batches = 1;  // at most 65,535
  Matrices a;
  Matrices b;
  float* y = nullptr;                  // [batches][m][n] without gaps
  const float* row_bias = nullptr;     // [m], or null
  const float* column_bias = nullptr;  // [n], or null
  const float* residual = nullptr;     // as y, or null; may be y
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

// y = clamp(a b + bias + residual). Asynchronous.
void multiply(const Product& product, Stream stream);

}  // namespace gcompress::cuda::dense_product

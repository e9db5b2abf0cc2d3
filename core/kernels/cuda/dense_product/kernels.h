// The entry of dense_product.cu (docs/cuda.md): grid (n / 64, m / 64, batches), blocks of 256
// threads.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

// Element (i, k) of a batch's first matrix lies at a + batch a_batch + i a_row + k a_column,
// likewise b (k, j) and y (i, j), which has y_column = 1. row_bias [m], column_bias [n] and
// residual (laid out as y) may be null.
#define GCOMPRESS_DENSE_PRODUCT_PARAMETERS                                                  \
  const float *a, const float *b, const float *row_bias, const float *column_bias,          \
      const float *residual, float *y, int m, int n, int k, int64_t a_batch, int64_t a_row, \
      int64_t a_column, int64_t b_batch, int64_t b_row, int64_t b_column, int64_t y_batch,  \
      int64_t y_row, float low, float high

extern "C" {
__global__ void dense_product(GCOMPRESS_DENSE_PRODUCT_PARAMETERS);
}

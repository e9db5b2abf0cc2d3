// The entries of two_four_spmm.cu: two_four_spmm_f16_n{16,32,64} (docs/cuda.md), blocks of 128
// threads: (rows / 64, samples / n, parts of the columns), and two_four_spmm_add_parts behind them
// where there is more than one part: blocks of 256 threads, one an element of y.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

#define GCOMPRESS_TWO_FOUR_SPMM_PARAMETERS                                                        \
  const uint32_t *value_begin, const uint32_t *bitmaps, const uint16_t *values,                   \
      const uint32_t *residual_begin, const void *residual, const float *bias, const uint16_t *x, \
      float *y, float *parts, int rows, int columns, int samples, int64_t x_stride,               \
      int64_t y_stride, float low, float high

#define GCOMPRESS_TWO_FOUR_SPMM_ENTRIES(X) X(16) X(32) X(64)

extern "C" {
#define GCOMPRESS_DECLARE(samples) \
  __global__ void two_four_spmm_f16_n##samples(GCOMPRESS_TWO_FOUR_SPMM_PARAMETERS);
GCOMPRESS_TWO_FOUR_SPMM_ENTRIES(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE
__global__ void two_four_spmm_add_parts(const float* parts, const float* bias, float* y, int count,
                                        int rows, int samples, int64_t y_stride, float low,
                                        float high);
}

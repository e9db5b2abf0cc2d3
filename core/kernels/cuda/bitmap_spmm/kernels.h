// The entries of bitmap_spmm.cu: bitmap_spmm_{f16,bf16}_n{16,32,64} (docs/cuda.md), blocks of 128
// threads: (rows / 64, samples / n, parts of the columns), and bitmap_spmm_add_parts behind them
// where there is more than one part: blocks of 256 threads, one an element of y.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

#define GCOMPRESS_BITMAP_SPMM_PARAMETERS                                                           \
  const uint32_t *value_begin, const uint32_t *bitmaps, const uint16_t *values, const float *bias, \
      const uint16_t *x, float *y, float *parts, int rows, int columns, int samples,               \
      int64_t x_stride, int64_t y_stride, float low, float high

// X(suffix, mma, samples)
#define GCOMPRESS_BITMAP_SPMM_ENTRIES(X) \
  X(f16, mma_m16n8k16_half, 16)          \
  X(f16, mma_m16n8k16_half, 32)          \
  X(f16, mma_m16n8k16_half, 64)          \
  X(bf16, mma_m16n8k16_bfloat16, 16)     \
  X(bf16, mma_m16n8k16_bfloat16, 32)     \
  X(bf16, mma_m16n8k16_bfloat16, 64)

extern "C" {
#define GCOMPRESS_DECLARE(suffix, mma, samples) \
  __global__ void bitmap_spmm_##suffix##_n##samples(GCOMPRESS_BITMAP_SPMM_PARAMETERS);
GCOMPRESS_BITMAP_SPMM_ENTRIES(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE
__global__ void bitmap_spmm_add_parts(const float* parts, const float* bias, float* y, int count,
                                      int rows, int samples, int64_t y_stride, float low,
                                      float high);
}

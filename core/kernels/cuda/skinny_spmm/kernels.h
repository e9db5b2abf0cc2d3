// The entries of skinny_spmm.cu and skinny_spmm_int8.cu: skinny_spmm_{f32,f16,bf16}_n{1,2,4,8,16},
// all with the same parameters (docs/cuda.md): blocks of kThreads threads, one for each
// Config::kRowsPerBlock rows. `count` is the number of samples, at most the entry's. bias may be
// null. Strides in floats, from one sample to the next.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

// X(suffix, type of stored values, type in the kernel, samples)
#define GCOMPRESS_SKINNY_SPMM_ENTRIES(X) \
  X(f32, float, float, 1)                \
  X(f32, float, float, 2)                \
  X(f32, float, float, 4)                \
  X(f32, float, float, 8)                \
  X(f32, float, float, 16)               \
  X(f16, uint16_t, Half, 1)              \
  X(f16, uint16_t, Half, 2)              \
  X(f16, uint16_t, Half, 4)              \
  X(f16, uint16_t, Half, 8)              \
  X(f16, uint16_t, Half, 16)             \
  X(bf16, uint16_t, Bfloat16, 1)         \
  X(bf16, uint16_t, Bfloat16, 2)         \
  X(bf16, uint16_t, Bfloat16, 4)         \
  X(bf16, uint16_t, Bfloat16, 8)         \
  X(bf16, uint16_t, Bfloat16, 16)

#define GCOMPRESS_DECLARE(suffix, Stored, Value, samples)                            \
  extern "C" __global__ void skinny_spmm_##suffix##_n##samples(                      \
      const uint32_t* segment_begin, const uint8_t* indices, const Stored* values,   \
      const float* bias, const float* x, float* y, int rows, int columns, int count, \
      int64_t x_stride, int64_t y_stride, float low, float high);
GCOMPRESS_SKINNY_SPMM_ENTRIES(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE

#define GCOMPRESS_SKINNY_SPMM_INT8_ENTRIES(X) X(1) X(2) X(4) X(8) X(16)

#define GCOMPRESS_DECLARE(samples)                                                             \
  extern "C" __global__ void skinny_spmm_s8_n##samples(                                        \
      const uint32_t* segment_begin, const uint8_t* indices, const int8_t* values,             \
      const float* scale, const float* bias, const int8_t* x, float* y, int rows, int columns, \
      int count, int64_t x_stride, int64_t y_stride, float low, float high);
GCOMPRESS_SKINNY_SPMM_INT8_ENTRIES(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE

// The entries of rows.cu (docs/cuda.md), blocks of 256 threads, a warp a row (an output).
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

// X(name, where a sum begins, the sum with one more value, the result of `terms` values)
#define GCOMPRESS_ROWS_REDUCTIONS(X)                          \
  X(sum, 0.0f, sum + value, sum)                              \
  X(mean, 0.0f, sum + value, sum / static_cast<float>(terms)) \
  X(max, -INFINITY, value > sum ? value : sum, sum)           \
  X(min, INFINITY, value < sum ? value : sum, sum)

extern "C" {
// from, to [rows][length]
__global__ void rows_softmax(const float* from, float* to, int rows, int length);
__global__ void rows_layer_norm(const float* from, const float* scale, const float* shift,
                                float* to, int rows, int length, float epsilon);
// to[i] = reduction of from[first[i] + places[k]], k < terms
#define GCOMPRESS_DECLARE(name, start, add, finish)                                              \
  __global__ void rows_##name(const float* from, const int* first, const int* places, float* to, \
                              int count, int terms);
GCOMPRESS_ROWS_REDUCTIONS(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE
}

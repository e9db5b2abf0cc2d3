// The entries of pool.cu (docs/cuda.md). Windows: blocks of 256 threads, one an element of `to`;
// whole planes: blocks of 256 threads, a warp a plane.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

// from [planes][height][width], to [planes][out_height][out_width], count = elements of `to`.
// pad_bottom, pad_right and count_padding: for averages alone.
#define GCOMPRESS_POOL_PARAMETERS                                                                  \
  const float *from, float *to, int height, int width, int out_height, int out_width,              \
      int kernel_height, int kernel_width, int stride_y, int stride_x, int dilation_y,             \
      int dilation_x, int pad_top, int pad_left, int pad_bottom, int pad_right, int count_padding, \
      int count

extern "C" {
__global__ void pool_max(GCOMPRESS_POOL_PARAMETERS);
__global__ void pool_average(GCOMPRESS_POOL_PARAMETERS);
__global__ void pool_global_max(const float* from, float* to, int planes, int elements);
__global__ void pool_global_average(const float* from, float* to, int planes, int elements);
}

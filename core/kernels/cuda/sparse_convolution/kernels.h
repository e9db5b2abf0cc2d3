// The entries of sparse_convolution.cu: sparse_convolution_p{1,2,4}, all with the same parameters
// (docs/cuda.md). Blocks of kThreads threads: (tiles of positions, filters of a group /
// kFiltersPerBlock, groups); dynamic shared memory 4 tile_images stage_channels stage_height
// stage_width bytes.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

#define GCOMPRESS_SPARSE_CONVOLUTION_PARAMETERS                                            \
  const uint32_t *segment_begin, const void *taps, const float *bias, const float *x,      \
      const float *residual, float *y, int images, int channels, int height, int width,    \
      int filters, int out_height, int out_width, int stride_y, int stride_x, int pad_top, \
      int pad_left, int tile_images, int tile_height, int tile_width, int stage_channels,  \
      int stage_height, int stage_width, float low, float high

extern "C" {
__global__ void sparse_convolution_p1(GCOMPRESS_SPARSE_CONVOLUTION_PARAMETERS);
__global__ void sparse_convolution_p2(GCOMPRESS_SPARSE_CONVOLUTION_PARAMETERS);
__global__ void sparse_convolution_p4(GCOMPRESS_SPARSE_CONVOLUTION_PARAMETERS);
}

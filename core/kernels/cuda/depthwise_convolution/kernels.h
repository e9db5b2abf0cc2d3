// The entry of depthwise_convolution.cu (docs/cuda.md), blocks of 256 threads, one an element of y.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

// x [images][filters / multiplier][height][width], y and residual [images][filters][out_height]
// [out_width], weight [filters][kernel_height][kernel_width]; bias and residual may be null.
#define GCOMPRESS_DEPTHWISE_PARAMETERS                                                     \
  const float *weight, const float *bias, const float *x, const float *residual, float *y, \
      int filters, int multiplier, int height, int width, int out_height, int out_width,   \
      int kernel_height, int kernel_width, int stride_y, int stride_x, int dilation_y,     \
      int dilation_x, int pad_top, int pad_left, int count, float low, float high

extern "C" {
__global__ void depthwise_convolution(GCOMPRESS_DEPTHWISE_PARAMETERS);
}

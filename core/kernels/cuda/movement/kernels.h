// The entries of movement.cu (docs/cuda.md), blocks of 256 threads, one an element of `to`.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

extern "C" {
// to[i] = from[sum over axes of offsets of i's place along it], or `otherwise` where one of the
// offsets is negative. axes: [sizes of `to`, rank] and then, axis by axis, an offset for each
// place.
__global__ void movement_gather(const float* from, float* to, const int* axes, int rank, int count,
                                float otherwise);
// Rows of `length` elements, from_stride and to_stride apart.
__global__ void movement_copy(const float* from, float* to, int length, int count,
                              int64_t from_stride, int64_t to_stride);
// What a convolution multiplies, as a matrix for each image: to [images][channels kernel_height
// kernel_width][out_height out_width], 0 in the padding. from [images][channels][height][width].
__global__ void movement_unfold(const float* from, float* to, int height, int width, int out_height,
                                int out_width, int kernel_height, int kernel_width, int stride_y,
                                int stride_x, int dilation_y, int dilation_x, int pad_top,
                                int pad_left, int count);
}

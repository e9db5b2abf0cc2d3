// Calls the operators that move elements. Addresses are on the device; everything is asynchronous.
#pragma once

#include <cstdint>

#include "gcompress/core/kernels/cuda/reference.h"
#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda::movement {

struct GatherCall {
  const float* x = nullptr;
  float* y = nullptr;
  const int* axes = nullptr;  // on the device: sizes of y [rank], then offsets axis by axis
  int rank = 0;
  int count = 0;  // of y
  float otherwise = 0;
};
void gather(const GatherCall& call, Stream stream);

// `rows` rows of `length` elements.
struct CopyCall {
  const float* x = nullptr;
  float* y = nullptr;
  int rows = 0;
  int length = 0;
  std::int64_t x_stride = 0;
  std::int64_t y_stride = 0;
};
void copy(const CopyCall& call, Stream stream);

// The matrices [channels kernel_height kernel_width][out_height out_width] of all images. Groups
// lie one behind the other.
void unfold(const ConvolutionShape& shape, const float* x, float* y, Stream stream);

}  // namespace gcompress::cuda::movement

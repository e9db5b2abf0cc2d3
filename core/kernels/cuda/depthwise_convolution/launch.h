// Calls the depthwise convolution.
#pragma once

#include <limits>

#include "gcompress/core/kernels/cuda/reference.h"
#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda::depthwise_convolution {

// Addresses on the device, NCHW without gaps.
struct Convolution {
  const float* weight = nullptr;  // [filters][1][kernel_height][kernel_width]
  const float* bias = nullptr;    // [filters], or null
  const float* x = nullptr;
  const float* residual = nullptr;  // of y's shape, or null; may be y
  float* y = nullptr;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

// y = clamp(convolution of x + bias + residual); groups must be channels. Asynchronous.
void convolve(const ConvolutionShape& shape, const Convolution& convolution, Stream stream);

}  // namespace gcompress::cuda::depthwise_convolution

// Calls the sparse convolution.
#pragma once

#include <limits>

#include "gcompress/core/kernels/cuda/runtime.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/packing.h"

namespace gcompress::cuda::sparse_convolution {

// A packed weight in device memory.
struct DeviceWeight {
  explicit DeviceWeight(const TapMatrix& packed);

  ConvolutionShape shape;
  TileShape tile;
  Array<std::uint32_t> segment_begin;
  Array<Tap> taps;
};

// Addresses on the device, NCHW without gaps.
struct Convolution {
  const float* x = nullptr;
  float* y = nullptr;
  int images = 0;                   // any number
  const float* bias = nullptr;      // [filters], or null for none
  const float* residual = nullptr;  // of y's shape, or null; may be y
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

// y = clamp(convolution of x + bias + residual). Asynchronous.
void convolve(const DeviceWeight& weight, const Convolution& convolution, Stream stream);

}  // namespace gcompress::cuda::sparse_convolution

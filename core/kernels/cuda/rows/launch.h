// Calls the operators over rows. Addresses are on the device; everything is asynchronous.
#pragma once

#include <string_view>

#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda::rows {

// x, y [rows][length]; y may be x.
void softmax(const float* x, float* y, int rows, int length, Stream stream);

struct LayerNorm {
  const float* x = nullptr;      // [rows][length]
  const float* scale = nullptr;  // [length]
  const float* shift = nullptr;  // [length]
  float* y = nullptr;            // [rows][length]
  int rows = 0;
  int length = 0;
  float epsilon = 1e-5F;
};
void layer_norm(const LayerNorm& call, Stream stream);

// y[i] = reduction of x[first[i] + places[k]] over all k.
struct Reduction {
  const float* x = nullptr;
  const int* first = nullptr;   // on the device, [count]
  const int* places = nullptr;  // on the device, [terms]
  float* y = nullptr;
  int count = 0;
  int terms = 0;
};
using Reduce = void (*)(const Reduction& call, Stream stream);
// sum, mean, max, min; null: there is none of that name.
Reduce reduce(std::string_view name);

}  // namespace gcompress::cuda::rows

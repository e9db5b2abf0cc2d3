// Depthwise convolution: each channel of a framed plane with a filter of its own, all taps kept.
//
//   y[i][j] = clamp(bias + sum over ky, kx: w[ky][kx] x[i stride + ky][j stride + kx] + add[i][j])
#pragma once

#include <cstdint>
#include <limits>

namespace gcompress::kernels {

// One channel. Counts in floats.
struct DepthwisePlane {
  const float* x = nullptr;  // where tap (0, 0) of output (0, 0) reads
  std::int64_t x_row = 0;    // from a row to the next
  float* y = nullptr;
  const float* add = nullptr;  // as y; null: nothing
  std::int64_t y_row = 0;      // no less than width; places behind a row's width are set to 0
  std::int64_t height = 0, width = 0;  // of the output
  const float* weight = nullptr;       // [kernel][kernel]
  float bias = 0;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

bool has_depthwise(std::int64_t kernel, std::int64_t stride);

// Reads up to kDepthwiseSlack floats beyond what the taps need. Kernel 3 or 5, stride 1 or 2:
// see has_depthwise().
inline constexpr std::int64_t kDepthwiseSlack = 64;
void depthwise(std::int64_t kernel, std::int64_t stride, const DepthwisePlane& plane);

}  // namespace gcompress::kernels

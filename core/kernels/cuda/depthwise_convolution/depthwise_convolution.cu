// Convolutions with one channel a group, NCHW, strict float32:
//   y[n][f][p] = clamp(bias[f] + sum over taps: weight[f][tap] x[n][f / multiplier][stride p - pad
//   + dilation tap] + residual[n][f][p])
//
// Algorithm: a thread an output; neighbours share what they read through the first-level cache, and
// a warp's lanes mostly share a filter. Zeros of the weight are multiplied: there are few weights,
// and what limits is x. Memory: x and y once, as far as caches hold the window's rows. Limits: one
// load from the first-level cache for each tap. Sums in the order of the taps: the same bits each
// time. Runs on sm_75 and later.
#include "../ptx.h"
#include "kernels.h"

extern "C" __global__ void __launch_bounds__(256)
    depthwise_convolution(GCOMPRESS_DEPTHWISE_PARAMETERS) {
  const int i = static_cast<int>(blockIdx.x) * 256 + static_cast<int>(threadIdx.x);
  if (i >= count) return;
  const int left = i % out_width * stride_x - pad_left;
  const int top = i / out_width % out_height * stride_y - pad_top;
  const int plane = i / out_width / out_height;  // image * filters + filter
  const int filter = plane % filters;
  const int64_t in_plane =
      static_cast<int64_t>(plane / filters) * (filters / multiplier) + filter / multiplier;
  const float* from = x + in_plane * (static_cast<int64_t>(height) * width);
  const float* taps = weight + static_cast<int64_t>(filter) * (kernel_height * kernel_width);
  float sum = 0.0f;
  for (int dy = 0; dy < kernel_height; ++dy) {
    const int row = top + dy * dilation_y;
    if (row < 0 || row >= height) continue;
    for (int dx = 0; dx < kernel_width; ++dx) {
      const int column = left + dx * dilation_x;
      if (column < 0 || column >= width) continue;
      sum =
          fmaf(taps[dy * kernel_width + dx], from[static_cast<int64_t>(row) * width + column], sum);
    }
  }
  if (bias != nullptr) sum += bias[filter];
  if (residual != nullptr) sum += residual[i];
  sum = sum < low ? low : sum;
  y[i] = sum > high ? high : sum;
}

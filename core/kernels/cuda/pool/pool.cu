// Pooling: maxima and means of windows, and of whole planes.
//
// Algorithm: windows: a thread an output, which goes through its window; neighbours' windows meet
// in the first-level cache. Whole planes: a warp a plane, partial results are joined by shuffles,
// in the same order each time. Memory: every element once. Limits: memory. A window without any
// element has the maximum -FLT_MAX and the mean 0; NaN is no maximum. Runs on sm_75 and later.
#include "../ptx.h"
#include "kernels.h"

namespace gcompress::cuda::pool {
namespace {

constexpr int kThreads = 256;
constexpr float kLowest = -3.402823466e+38f;

// Places first, first + dilation, ... (kernel of them) below `limit`.
GCOMPRESS_DEVICE int places_below(int first, int kernel, int dilation, int limit) {
  if (first >= limit) return 0;
  const int places = (limit - first + dilation - 1) / dilation;
  return places < kernel ? places : kernel;
}

template <bool kAverage>
GCOMPRESS_DEVICE void over_windows(GCOMPRESS_POOL_PARAMETERS) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  if (i >= count) return;
  const int top = i / out_width % out_height * stride_y - pad_top;
  const int left = i % out_width * stride_x - pad_left;
  const float* plane = from + static_cast<int64_t>(i / out_width / out_height) *
                                  (static_cast<int64_t>(height) * width);
  float result = kAverage ? 0.0f : kLowest;
  int taken = 0;
  for (int dy = 0; dy < kernel_height; ++dy) {
    const int y = top + dy * dilation_y;
    if (y < 0 || y >= height) continue;
    for (int dx = 0; dx < kernel_width; ++dx) {
      const int x = left + dx * dilation_x;
      if (x < 0 || x >= width) continue;
      const float value = plane[static_cast<int64_t>(y) * width + x];
      if (kAverage) {
        result += value;
        ++taken;
      } else if (value > result) {
        result = value;
      }
    }
  }
  if (kAverage && count_padding != 0) {
    taken = places_below(top, kernel_height, dilation_y, height + pad_bottom) *
            places_below(left, kernel_width, dilation_x, width + pad_right);
  }
  if (kAverage) result = taken == 0 ? 0.0f : result / static_cast<float>(taken);
  to[i] = result;
}

template <bool kAverage>
GCOMPRESS_DEVICE void over_planes(const float* from, float* to, int planes, int elements) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int plane =
      static_cast<int>(blockIdx.x) * (kThreads / 32) + static_cast<int>(threadIdx.x) / 32;
  if (plane >= planes) return;  // whole warps
  const float* values = from + static_cast<int64_t>(plane) * elements;
  float result = kAverage ? 0.0f : kLowest;
  for (int i = lane; i < elements; i += 32) {
    const float value = values[i];
    result = kAverage ? result + value : value > result ? value : result;
  }
  for (int step = 16; step > 0; step /= 2) {
    const float other = __shfl_xor_sync(0xffffffffu, result, step);
    result = kAverage ? result + other : other > result ? other : result;
  }
  if (lane == 0) to[plane] = kAverage ? result / static_cast<float>(elements) : result;
}

}  // namespace
}  // namespace gcompress::cuda::pool

#define GCOMPRESS_ENTRY(name, is_average)                                                          \
  extern "C" __global__ void __launch_bounds__(256) pool_##name(GCOMPRESS_POOL_PARAMETERS) {       \
    gcompress::cuda::pool::over_windows<is_average>(                                               \
        from, to, height, width, out_height, out_width, kernel_height, kernel_width, stride_y,     \
        stride_x, dilation_y, dilation_x, pad_top, pad_left, pad_bottom, pad_right, count_padding, \
        count);                                                                                    \
  }                                                                                                \
  extern "C" __global__ void __launch_bounds__(256)                                                \
      pool_global_##name(const float* from, float* to, int planes, int elements) {                 \
    gcompress::cuda::pool::over_planes<is_average>(from, to, planes, elements);                    \
  }
GCOMPRESS_ENTRY(max, false)
GCOMPRESS_ENTRY(average, true)
#undef GCOMPRESS_ENTRY

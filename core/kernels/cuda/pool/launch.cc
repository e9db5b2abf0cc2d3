#include "gcompress/core/kernels/cuda/pool/launch.h"

#include "gcompress/core/kernels/cuda/pool/kernels.h"

namespace gcompress::cuda::pool {
namespace {

constexpr unsigned kThreads = 256;

template <auto kKernel>
void launch_windows(const Windows& w, const float* x, float* y, Stream stream) {
  const int count = w.planes * w.out_height * w.out_width;
  if (count <= 0) return;
  const auto blocks = (static_cast<unsigned>(count) + kThreads - 1) / kThreads;
  launch_kernel<kKernel>("pool", {{blocks}, {kThreads}}, stream, x, y, w.height, w.width,
                         w.out_height, w.out_width, w.kernel_height, w.kernel_width, w.stride_y,
                         w.stride_x, w.dilation_y, w.dilation_x, w.pad_top, w.pad_left,
                         w.pad_bottom, w.pad_right, w.count_padding ? 1 : 0, count);
}

template <auto kKernel>
void launch_planes(int planes, int elements, const float* x, float* y, Stream stream) {
  if (planes <= 0) return;
  constexpr unsigned kWarps = kThreads / 32;
  const auto blocks = (static_cast<unsigned>(planes) + kWarps - 1) / kWarps;
  launch_kernel<kKernel>("pool_global", {{blocks}, {kThreads}}, stream, x, y, planes, elements);
}

}  // namespace

void over_windows(Kind kind, const Windows& windows, const float* x, float* y, Stream stream) {
  if (kind == Kind::kMax) return launch_windows<&pool_max>(windows, x, y, stream);
  launch_windows<&pool_average>(windows, x, y, stream);
}

void over_planes(Kind kind, int planes, int elements, const float* x, float* y, Stream stream) {
  if (kind == Kind::kMax) return launch_planes<&pool_global_max>(planes, elements, x, y, stream);
  launch_planes<&pool_global_average>(planes, elements, x, y, stream);
}

}  // namespace gcompress::cuda::pool

#include "gcompress/core/kernels/cuda/sparse_convolution/launch.h"

#include "gcompress/core/kernels/cuda/sparse_convolution/config.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/kernels.h"

namespace gcompress::cuda::sparse_convolution {
namespace {

unsigned parts(int whole, int part) { return static_cast<unsigned>((whole + part - 1) / part); }

template <auto kKernel>
void launch_entry(const DeviceWeight& weight, const Convolution& c, Stream stream) {
  const ConvolutionShape& s = weight.shape;
  const TileShape& t = weight.tile;
  const int filters = s.filters / s.groups;
  const LaunchShape shape = {
      {parts(c.images, t.images) * parts(s.out_height(), t.height) * parts(s.out_width(), t.width),
       parts(filters, kFiltersPerBlock), static_cast<unsigned>(s.groups)},
      {kThreads},
      t.stage_bytes()};
  launch_kernel<kKernel>(
      "sparse_convolution", shape, stream, weight.segment_begin.data(), weight.taps.data(), c.bias,
      c.x, c.residual, c.y, c.images, s.channels / s.groups, s.height, s.width, filters,
      s.out_height(), s.out_width(), s.stride_y, s.stride_x, s.pad_top, s.pad_left, t.images,
      t.height, t.width, t.stage_channels, t.stage_height, t.stage_width, c.low, c.high);
}

}  // namespace

DeviceWeight::DeviceWeight(const TapMatrix& packed)
    : shape(packed.shape),
      tile(packed.tile),
      segment_begin(packed.segment_begin),
      taps(packed.taps) {}

void convolve(const DeviceWeight& weight, const Convolution& convolution, Stream stream) {
  if (convolution.images <= 0) return;
  if (weight.tile.positions() <= 32) {
    launch_entry<&sparse_convolution_p1>(weight, convolution, stream);
  } else if (weight.tile.positions() <= 64) {
    launch_entry<&sparse_convolution_p2>(weight, convolution, stream);
  } else {
    launch_entry<&sparse_convolution_p4>(weight, convolution, stream);
  }
}

}  // namespace gcompress::cuda::sparse_convolution

#include "gcompress/core/kernels/cuda/movement/launch.h"

#include "gcompress/core/kernels/cuda/movement/kernels.h"

namespace gcompress::cuda::movement {
namespace {

LaunchShape shape_of(int count) {
  constexpr unsigned kThreads = 256;
  return {{(static_cast<unsigned>(count) + kThreads - 1) / kThreads}, {kThreads}};
}

}  // namespace

void gather(const GatherCall& c, Stream stream) {
  if (c.count <= 0) return;
  launch_kernel<&movement_gather>("movement_gather", shape_of(c.count), stream, c.x, c.y, c.axes,
                                  c.rank, c.count, c.otherwise);
}

void copy(const CopyCall& c, Stream stream) {
  const int count = c.rows * c.length;
  if (count <= 0) return;
  launch_kernel<&movement_copy>("movement_copy", shape_of(count), stream, c.x, c.y, c.length, count,
                                c.x_stride, c.y_stride);
}

void unfold(const ConvolutionShape& s, const float* x, float* y, Stream stream) {
  const int count =
      s.images * s.channels * s.kernel_height * s.kernel_width * s.out_height() * s.out_width();
  if (count <= 0) return;
  launch_kernel<&movement_unfold>("movement_unfold", shape_of(count), stream, x, y, s.height,
                                  s.width, s.out_height(), s.out_width(), s.kernel_height,
                                  s.kernel_width, s.stride_y, s.stride_x, s.dilation_y,
                                  s.dilation_x, s.pad_top, s.pad_left, count);
}

}  // namespace gcompress::cuda::movement

#include "gcompress/core/kernels/cuda/depthwise_convolution/launch.h"

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/depthwise_convolution/kernels.h"

namespace gcompress::cuda::depthwise_convolution {

void convolve(const ConvolutionShape& s, const Convolution& c, Stream stream) {
  GCOMPRESS_CHECK(s.groups == s.channels && s.filters % s.channels == 0);
  const int count = s.images * s.filters * s.out_height() * s.out_width();
  if (count <= 0) return;
  constexpr unsigned kThreads = 256;
  const auto blocks = (static_cast<unsigned>(count) + kThreads - 1) / kThreads;
  launch_kernel<&::depthwise_convolution>(
      "depthwise_convolution", {{blocks}, {kThreads}}, stream, c.weight, c.bias, c.x, c.residual,
      c.y, s.filters, s.filters / s.channels, s.height, s.width, s.out_height(), s.out_width(),
      s.kernel_height, s.kernel_width, s.stride_y, s.stride_x, s.dilation_y, s.dilation_x,
      s.pad_top, s.pad_left, count, c.low, c.high);
}

}  // namespace gcompress::cuda::depthwise_convolution

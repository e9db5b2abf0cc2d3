// Depthwise convolutions against the naive one.
#include <gtest/gtest.h>

#include "gcompress/core/kernels/cuda/depthwise_convolution/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::depthwise_convolution {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

void check(ConvolutionShape shape, bool integers, bool extras, float high = kInfinity) {
  shape.groups = shape.channels;
  const auto count = [](int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
  };
  const auto weight =
      inputs(count(shape.filters, shape.kernel_height * shape.kernel_width), integers, 1);
  const auto x =
      inputs(count(shape.images * shape.channels, shape.height * shape.width), integers, 2);
  const std::size_t outputs =
      count(shape.images * shape.filters, shape.out_height() * shape.out_width());
  const auto bias = inputs(extras ? count(shape.filters, 1) : 0, integers, 3);
  const auto residual = inputs(extras ? outputs : 0, integers, 4);
  const Array<float> w(weight), from(x), shift(bias), added(residual), y(outputs);
  convolve(shape,
           {.weight = w.data(),
            .bias = extras ? shift.data() : nullptr,
            .x = from.data(),
            .residual = extras ? added.data() : nullptr,
            .y = y.data(),
            .low = -high,
            .high = high},
           nullptr);
  expect_near(y.to_host(), convolve_naively(shape, weight, x, bias, residual, -high, high),
              integers, "depthwise");
}

TEST(DepthwiseConvolution, EqualsTheNaiveOneForAllGeometries) {
  for (const bool integers : {true, false}) {
    for (const bool extras : {true, false}) {
      check({.images = 2,
             .channels = 5,
             .height = 9,
             .width = 7,
             .filters = 5,
             .kernel_height = 3,
             .kernel_width = 3,
             .pad_top = 1,
             .pad_left = 1,
             .pad_bottom = 1,
             .pad_right = 1},
            integers, extras);
      check({.images = 1,
             .channels = 3,
             .height = 10,
             .width = 11,
             .filters = 6,
             .kernel_height = 5,
             .kernel_width = 2,
             .stride_y = 2,
             .stride_x = 3,
             .dilation_y = 1,
             .dilation_x = 2,
             .pad_top = 2,
             .pad_right = 1},
            integers, extras, 6);
    }
  }
  check({.images = 1, .channels = 1, .height = 1, .width = 1, .filters = 1}, true, true);
}

TEST(DepthwiseConvolution, NothingIsLaunchedForNoImages) {
  convolve({.images = 0, .channels = 2, .filters = 2, .groups = 2}, {}, nullptr);
}

}  // namespace
}  // namespace gcompress::cuda::depthwise_convolution

// The sparse convolution against the naive one: filters, strides, paddings, dilations, groups,
// tiles over images.
#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/config.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::sparse_convolution {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Extras {
  double density = 0.15;
  bool integers = true;
  bool bias = true;
  bool residual = false;
  float low = -kInfinity;
  float high = kInfinity;
  int images_run = 0;  // 0: as many as the shape says
};

std::size_t count(int a, int b, int c, int d) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c) *
         static_cast<std::size_t>(d);
}

void check(const ConvolutionShape& packed_for, const Extras& extras = {}) {
  ConvolutionShape shape = packed_for;
  if (extras.images_run > 0) shape.images = extras.images_run;
  const auto name = ::testing::PrintToString(shape.channels) + " channels " +
                    ::testing::PrintToString(shape.height) + "x" +
                    ::testing::PrintToString(shape.width) + ", " +
                    ::testing::PrintToString(shape.filters) + " filters " +
                    ::testing::PrintToString(shape.kernel_height) + "x" +
                    ::testing::PrintToString(shape.kernel_width);
  const auto weight = sparse_matrix(
      shape.filters, shape.channels / shape.groups * shape.kernel_height * shape.kernel_width,
      extras.density, ValueType::kFloat, extras.integers, 1);
  const auto x =
      inputs(count(shape.images, shape.channels, shape.height, shape.width), extras.integers, 2);
  const auto bias =
      inputs(extras.bias ? static_cast<std::size_t>(shape.filters) : 0, extras.integers, 3);
  const std::size_t outputs =
      count(shape.images, shape.filters, shape.out_height(), shape.out_width());
  const auto residual = inputs(extras.residual ? outputs : 0, extras.integers, 4);

  const DeviceWeight packed(pack(weight.values, packed_for));
  const Array<float> device_x(x), device_bias(bias), device_residual(residual), y(outputs);
  convolve(packed,
           {.x = device_x.data(),
            .y = y.data(),
            .images = shape.images,
            .bias = extras.bias ? device_bias.data() : nullptr,
            .residual = extras.residual ? device_residual.data() : nullptr,
            .low = extras.low,
            .high = extras.high},
           nullptr);
  synchronize(nullptr);
  expect_near(y.to_host(),
              convolve_naively(shape, weight.values, x, bias, residual, extras.low, extras.high),
              extras.integers, name);
}

ConvolutionShape same(int kernel, int channels, int filters, int height, int width,
                      int stride = 1) {
  const int pad = kernel / 2;
  return {.channels = channels,
          .height = height,
          .width = width,
          .filters = filters,
          .kernel_height = kernel,
          .kernel_width = kernel,
          .stride_y = stride,
          .stride_x = stride,
          .pad_top = pad,
          .pad_left = pad,
          .pad_bottom = pad,
          .pad_right = pad};
}

TEST(SparseConvolution, ThreeByThreeAndOneByOneAreExactOnIntegers) {
  check(same(3, 16, 33, 9, 11));
  check(same(1, 40, 37, 5, 7));
  check(same(3, 3, 16, 32, 32));
  check(same(1, 8, 8, 40, 40));
}

TEST(SparseConvolution, RealsAreCloseToTheNaiveSum) {
  check(same(3, 24, 20, 8, 8), {.integers = false, .residual = true});
  check(same(1, 70, 20, 6, 6), {.density = 0.5, .integers = false});
}

TEST(SparseConvolution, StridesAndLargeFilters) {
  check(same(3, 8, 16, 14, 14, 2));
  check(same(3, 8, 16, 15, 13, 2));
  check(same(1, 8, 16, 7, 7, 2));
  check(same(7, 3, 8, 30, 30, 2));
  check(same(5, 4, 4, 6, 6, 3));
}

TEST(SparseConvolution, UnevenKernelsPadsStridesAndDilations) {
  check({.images = 2,
         .channels = 5,
         .height = 12,
         .width = 17,
         .filters = 6,
         .kernel_height = 2,
         .kernel_width = 4,
         .stride_y = 1,
         .stride_x = 3,
         .dilation_y = 3,
         .dilation_x = 2,
         .pad_top = 1,
         .pad_left = 4,
         .pad_bottom = 0,
         .pad_right = 2});
  check({.channels = 4,
         .height = 6,
         .width = 6,
         .filters = 4,
         .kernel_height = 3,
         .kernel_width = 3});
}

TEST(SparseConvolution, GroupsAndDepthwise) {
  ConvolutionShape grouped = same(3, 12, 18, 6, 6);
  grouped.groups = 3;
  check(grouped);
  ConvolutionShape depthwise = same(3, 10, 10, 9, 9, 2);
  depthwise.groups = 10;
  check(depthwise, {.density = 0.5});
  ConvolutionShape many = same(1, 80, 120, 4, 4);
  many.groups = 2;
  check(many);
}

TEST(SparseConvolution, SeveralImagesShareATile) {
  for (const int images : {1, 2, 3, 7, 9}) {
    ConvolutionShape shape = same(3, 6, 9, 4, 4);
    shape.images = images;
    check(shape);
  }
}

TEST(SparseConvolution, PackedOnceRunsAnyNumberOfImages) {
  ConvolutionShape shape = same(3, 6, 9, 4, 4);
  shape.images = 4;
  for (const int images : {1, 3, 4, 5, 11}) check(shape, {.images_run = images});
}

TEST(SparseConvolution, ManyChannelsGoThroughTheStageInChunks) {
  const ConvolutionShape shape = same(3, 150, 10, 8, 16);
  EXPECT_GT(pack(std::vector<float>(150 * 10 * 9), shape).chunks, 1);
  check(shape);
}

TEST(SparseConvolution, MatricesAreConvolutionsOfHeightOne) {
  for (const int columns : {1, 31, 33, 64, 65, 128, 129, 200}) {
    check({.channels = 100, .width = columns, .filters = 35});
  }
}

TEST(SparseConvolution, ResidualBiasAndClampAreFused) {
  check(same(3, 8, 8, 6, 6), {.residual = true, .low = 0});
  check(same(3, 8, 8, 6, 6), {.bias = false, .residual = true, .low = 0, .high = 6});
  check(same(3, 8, 8, 6, 6), {.bias = false});
}

TEST(SparseConvolution, EmptyAndDenseFilters) {
  check(same(3, 8, 8, 6, 6), {.density = 0});
  check(same(3, 8, 8, 6, 6), {.density = 1});
}

TEST(SparseConvolution, AFilterTooLargeForSharedMemoryIsRefused) {
  ConvolutionShape shape = same(1, 1, 1, 2000, 2000);
  shape.kernel_height = shape.kernel_width = 2;
  shape.dilation_y = shape.dilation_x = 500;
  EXPECT_THROW(pack(std::vector<float>(4), shape), Error);
}

}  // namespace
}  // namespace gcompress::cuda::sparse_convolution

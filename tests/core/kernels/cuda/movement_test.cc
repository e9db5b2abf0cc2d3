// Moved elements against indices counted out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/kernels/cuda/movement/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::movement {
namespace {

using ::testing::ElementsAre;

TEST(Movement, GathersByOffsetsOfEveryAxis) {
  // y [2, 3] of x [3, 4]: rows 2 and 0, columns 1, none, 3.
  const std::vector<float> x = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const Array<float> from(x), to(6);
  const Array<int> axes(std::vector<int>{2, 3, 8, 0, 1, -1, 3});
  gather({.x = from.data(),
          .y = to.data(),
          .axes = axes.data(),
          .rank = 2,
          .count = 6,
          .otherwise = -1},
         nullptr);
  EXPECT_THAT(to.to_host(), ElementsAre(9, -1, 11, 1, -1, 3));
}

TEST(Movement, TransposesManyElements) {
  constexpr int kRows = 37;
  constexpr int kColumns = 29;
  const std::vector<float> x = inputs(kRows * kColumns, false, 1);
  std::vector<int> axes = {kColumns, kRows};
  for (int c = 0; c < kColumns; ++c) axes.push_back(c);
  for (int r = 0; r < kRows; ++r) axes.push_back(r * kColumns);
  const Array<float> from(x), to(x.size());
  const Array<int> table(axes);
  gather({.x = from.data(),
          .y = to.data(),
          .axes = table.data(),
          .rank = 2,
          .count = kRows * kColumns},
         nullptr);
  const std::vector<float> y = to.to_host();
  for (std::size_t i = 0; i < y.size(); ++i) {
    ASSERT_EQ(y[i], x[i % kRows * kColumns + i / kRows]) << i;
  }
}

TEST(Movement, CopiesRowsIntoPlaces) {
  const Array<float> from(std::vector<float>{1, 2, 3, 4, 5, 6});
  const Array<float> to(std::vector<float>(10, 0.0F));
  copy({.x = from.data(), .y = to.data() + 1, .rows = 2, .length = 3, .x_stride = 3, .y_stride = 5},
       nullptr);
  EXPECT_THAT(to.to_host(), ElementsAre(0, 1, 2, 3, 0, 0, 4, 5, 6, 0));
}

TEST(Movement, NothingIsLaunchedForNoElements) {
  gather({}, nullptr);
  copy({}, nullptr);
  unfold({.images = 0}, nullptr, nullptr, nullptr);
}

TEST(Movement, UnfoldedConvolutionsAreProducts) {
  const std::vector<ConvolutionShape> shapes = {{.images = 2,
                                                 .channels = 3,
                                                 .height = 7,
                                                 .width = 6,
                                                 .filters = 4,
                                                 .kernel_height = 3,
                                                 .kernel_width = 3,
                                                 .pad_top = 1,
                                                 .pad_left = 1,
                                                 .pad_bottom = 1,
                                                 .pad_right = 1},
                                                {.images = 1,
                                                 .channels = 5,
                                                 .height = 9,
                                                 .width = 8,
                                                 .filters = 3,
                                                 .kernel_height = 3,
                                                 .kernel_width = 2,
                                                 .stride_y = 2,
                                                 .stride_x = 3,
                                                 .dilation_y = 2,
                                                 .dilation_x = 1,
                                                 .pad_top = 2,
                                                 .pad_bottom = 1,
                                                 .pad_right = 2}};
  for (const ConvolutionShape& s : shapes) {
    const auto count = [](int a, int b) {
      return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
    };
    const int depth = s.channels * s.kernel_height * s.kernel_width;
    const int places = s.out_height() * s.out_width();
    const std::vector<float> w = inputs(count(s.filters, depth), true, 1);
    const std::vector<float> x = inputs(count(s.images * s.channels, s.height * s.width), true, 2);
    const Array<float> from(x), to(count(s.images * depth, places));
    unfold(s, from.data(), to.data(), nullptr);
    const std::vector<float> u = to.to_host();
    std::vector<float> y;
    for (int n = 0; n < s.images; ++n) {
      for (int f = 0; f < s.filters; ++f) {
        for (int p = 0; p < places; ++p) {
          float sum = 0;
          for (int k = 0; k < depth; ++k) {
            sum += w[count(f, depth) + static_cast<std::size_t>(k)] *
                   u[count(n * depth + k, places) + static_cast<std::size_t>(p)];
          }
          y.push_back(sum);
        }
      }
    }
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    expect_near(y, convolve_naively(s, w, x, {}, {}, -kInfinity, kInfinity), true, "unfold");
  }
}

}  // namespace
}  // namespace gcompress::cuda::movement

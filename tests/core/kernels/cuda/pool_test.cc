// Pooling against windows gone through one by one.
#include <gtest/gtest.h>

#include "gcompress/core/kernels/cuda/pool/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::pool {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

std::vector<float> pool_naively(Kind kind, const Windows& w, const std::vector<float>& x) {
  std::vector<float> y;
  for (int p = 0; p < w.planes; ++p) {
    for (int oy = 0; oy < w.out_height; ++oy) {
      for (int ox = 0; ox < w.out_width; ++ox) {
        double sum = 0;
        float most = kLowest;
        int taken = 0;
        int padded = 0;  // places within the image and its padding
        for (int ky = 0; ky < w.kernel_height; ++ky) {
          for (int kx = 0; kx < w.kernel_width; ++kx) {
            const int row = oy * w.stride_y - w.pad_top + ky * w.dilation_y;
            const int column = ox * w.stride_x - w.pad_left + kx * w.dilation_x;
            padded += row < w.height + w.pad_bottom && column < w.width + w.pad_right ? 1 : 0;
            if (row < 0 || row >= w.height || column < 0 || column >= w.width) continue;
            const float value =
                x[static_cast<std::size_t>((p * w.height + row) * w.width + column)];
            sum += value;
            most = std::max(most, value);
            ++taken;
          }
        }
        const int among = w.count_padding ? padded : taken;
        y.push_back(kind == Kind::kMax ? most : among == 0 ? 0 : static_cast<float>(sum / among));
      }
    }
  }
  return y;
}

void check(const Windows& windows) {
  const auto elements = static_cast<std::size_t>(windows.planes * windows.height * windows.width);
  const std::vector<float> x = inputs(elements, true, 3);
  const Array<float> from(x);
  const Array<float> to(
      static_cast<std::size_t>(windows.planes * windows.out_height * windows.out_width));
  for (const Kind kind : {Kind::kMax, Kind::kAverage}) {
    over_windows(kind, windows, from.data(), to.data(), nullptr);
    const std::vector<float> expected = pool_naively(kind, windows, x);
    const std::vector<float> y = to.to_host();
    ASSERT_EQ(y.size(), expected.size());
    // Sums of small integers are exact, so only the division rounds, alike.
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_FLOAT_EQ(y[i], expected[i]) << i;
  }
}

TEST(Pool, WindowsOfAllGeometries) {
  check({.planes = 3,
         .height = 8,
         .width = 8,
         .out_height = 4,
         .out_width = 4,
         .kernel_height = 2,
         .kernel_width = 2,
         .stride_y = 2,
         .stride_x = 2});
  for (const bool counted : {false, true}) {
    check({.planes = 2,
           .height = 7,
           .width = 9,
           .out_height = 4,
           .out_width = 5,
           .kernel_height = 3,
           .kernel_width = 3,
           .stride_y = 2,
           .stride_x = 2,
           .pad_top = 1,
           .pad_left = 1,
           .pad_bottom = 1,
           .pad_right = 1,
           .count_padding = counted});
    check({.planes = 1,
           .height = 5,
           .width = 5,
           .out_height = 3,
           .out_width = 2,
           .kernel_height = 2,
           .kernel_width = 3,
           .stride_y = 2,
           .stride_x = 3,
           .dilation_y = 2,
           .pad_left = 2,
           .pad_bottom = 2,
           .count_padding = counted});  // the last by ceil_mode
  }
}

TEST(Pool, AWindowInThePaddingAloneHasNoElement) {
  const Windows w{.planes = 1,
                  .height = 1,
                  .width = 1,
                  .out_height = 1,
                  .out_width = 3,
                  .pad_left = 1,
                  .pad_right = 1};
  const Array<float> x(std::vector<float>{5}), y(3);
  over_windows(Kind::kAverage, w, x.data(), y.data(), nullptr);
  EXPECT_EQ(y.to_host(), (std::vector<float>{0, 5, 0}));
  over_windows(Kind::kMax, w, x.data(), y.data(), nullptr);
  EXPECT_EQ(y.to_host(), (std::vector<float>{kLowest, 5, kLowest}));
}

TEST(Pool, WholePlanesOfAnySize) {
  for (const int planes : {1, 8, 13}) {
    for (const int elements : {1, 31, 32, 33, 100}) {
      const std::vector<float> x = inputs(static_cast<std::size_t>(planes * elements), true, 4);
      const Array<float> from(x), to(static_cast<std::size_t>(planes));
      for (const Kind kind : {Kind::kMax, Kind::kAverage}) {
        over_planes(kind, planes, elements, from.data(), to.data(), nullptr);
        const std::vector<float> expected = pool_naively(kind,
                                                         {.planes = planes,
                                                          .height = 1,
                                                          .width = elements,
                                                          .out_height = 1,
                                                          .out_width = 1,
                                                          .kernel_height = 1,
                                                          .kernel_width = elements},
                                                         x);
        const std::vector<float> y = to.to_host();
        for (std::size_t i = 0; i < y.size(); ++i) ASSERT_FLOAT_EQ(y[i], expected[i]) << i;
      }
    }
  }
  over_planes(Kind::kMax, 0, 4, nullptr, nullptr, nullptr);
  over_windows(Kind::kMax, {}, nullptr, nullptr, nullptr);
}

}  // namespace
}  // namespace gcompress::cuda::pool

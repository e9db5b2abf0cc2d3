// Depthwise convolution and copies of rows, on every instruction set that this processor has.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cpu/depthwise.h"
#include "gcompress/core/kernels/cpu/row_copy.h"
#include "tests/core/kernels/cpu/every_target.h"

namespace gcompress::kernels {
namespace {

// Small integers, so that every order of sums is exact.
std::vector<float> integers(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "planes");
  std::vector<float> values(static_cast<std::size_t>(count));
  std::ranges::generate(values, [&] { return std::round(4 * random.normal()); });
  return values;
}

struct Geometry {
  std::int64_t kernel, stride, height, width, gap;
};

void expect_depthwise(const Geometry& given, bool adds, const char* target) {
  const auto [kernel, stride, height, width, gap] = given;
  const std::int64_t x_row = (width - 1) * stride + kernel;
  const std::int64_t y_row = width + gap;
  const auto x = integers(((height - 1) * stride + kernel) * x_row + kDepthwiseSlack, 1);
  const auto weight = integers(kernel * kernel, 2);
  const auto add = integers(height * y_row, 3);
  std::vector<float> y(static_cast<std::size_t>(height * y_row + 40), -99);
  depthwise(kernel, stride,
            {.x = x.data(),
             .x_row = x_row,
             .y = y.data(),
             .add = adds ? add.data() : nullptr,
             .y_row = y_row,
             .height = height,
             .width = width,
             .weight = weight.data(),
             .bias = 2,
             .low = -30,
             .high = 40});
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(y.size()); ++at) {
    const std::int64_t i = at / y_row;
    const std::int64_t j = at % y_row;
    float expected = 0;
    if (i >= height) expected = -99;  // nothing is written behind the last row
    if (i < height && j < width) {
      expected = 2;
      for (std::int64_t k = 0; k < kernel * kernel; ++k) {
        expected += weight[static_cast<std::size_t>(k)] *
                    x[static_cast<std::size_t>((i * stride + k / kernel) * x_row + j * stride +
                                               k % kernel)];
      }
      if (adds) expected += add[static_cast<std::size_t>(at)];
      expected = std::clamp(expected, -30.0F, 40.0F);
    }
    ASSERT_EQ(y[static_cast<std::size_t>(at)], expected)
        << target << " kernel " << kernel << " stride " << stride << " width " << width << " gap "
        << gap << " at " << i << ", " << j;
  }
}

TEST(Depthwise, EqualsTheSumsForAllKernelsAndWidths) {
  on_every_target([](const char* target) {
    for (const std::int64_t kernel : {3, 5}) {
      for (const std::int64_t stride : {1, 2}) {
        for (const std::int64_t width : {1, 2, 7, 8, 14, 16, 17, 33, 48}) {
          for (const std::int64_t gap : {0, 1, 2, 20}) {
            for (const bool adds : {false, true}) {
              for (const std::int64_t height : {1, 2, 3, 6}) {
                expect_depthwise({kernel, stride, height, width, gap}, adds, target);
              }
            }
          }
        }
      }
    }
  });
}

TEST(RowCopy, CopiesWhatItIsToldAndNothingElse) {
  on_every_target([](const char* target) {
    for (const std::int64_t step : {1, 2, 3}) {
      for (const std::int64_t count : {0, 1, 7, 8, 15, 16, 17, 40}) {
        const std::int64_t rows = 3;
        // Exactly what is read: the address sanitizer sees more.
        const std::int64_t from_row = std::max<std::int64_t>(1, (count - 1) * step + 1);
        const auto from = integers(rows * from_row, 4);
        const std::int64_t to_row = count + 2;
        std::vector<float> to(static_cast<std::size_t>(rows * to_row), -99);
        copy_rows({.from = from.data(),
                   .from_row = from_row,
                   .step = step,
                   .to = to.data(),
                   .to_row = to_row,
                   .rows = rows,
                   .count = count});
        for (std::int64_t at = 0; at < rows * to_row; ++at) {
          const std::int64_t i = at % to_row;
          const float expected =
              i < count ? from[static_cast<std::size_t>(at / to_row * from_row + i * step)] : -99;
          ASSERT_EQ(to[static_cast<std::size_t>(at)], expected)
              << target << " step " << step << " count " << count << " at " << at;
        }
      }
    }
  });
}

}  // namespace
}  // namespace gcompress::kernels

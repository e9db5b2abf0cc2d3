// Filters a channel over quads against sums one by one, by every kernel that runs on this
// processor.
#include "gcompress/core/kernels/cpu/quad_depthwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "gcompress/core/base/random.h"

namespace gcompress::kernels {
namespace {

constexpr std::uint8_t kUntouched = 77;

struct Shape {
  std::int64_t channels = 0;
  int height = 0, width = 0, stride = 1;
  std::int64_t n = 0, rows = 1;  // of outputs
};

// Planes of `rows` rows of outputs, and of as many inputs as they look at.
struct Case {
  Shape shape;
  std::int64_t pitch = 0, x_stride = 0, y_row = 0, y_stride = 0;
  std::vector<std::int8_t> weights;  // [channels][height][width]
  std::vector<std::uint8_t> x;       // [quads][rows of pitch][4]
  std::vector<std::int32_t> bias;    // of whole quads
  std::vector<float> scale;

  std::int64_t quads() const { return (shape.channels + 3) / 4; }
  DepthwiseRun run() const {
    return {.n = shape.n, .rows = shape.rows, .x_row = shape.stride * pitch, .y_row = y_row};
  }
  Requantization finish() const {
    return {.bias = bias.data(), .scale = scale.data(), .zero_point = 100};
  }
};

Case make_case(const Shape& shape, bool extreme = false) {
  RandomStream random(21, "quad depthwise");
  Case made{.shape = shape};
  made.pitch = shape.stride * shape.n + shape.width + 2;
  made.x_stride = made.pitch * (shape.stride * shape.rows + shape.height) + 5;
  made.y_row = shape.n + 1;
  made.y_stride = made.y_row * shape.rows + 7;
  for (std::int64_t i = 0; i < shape.channels * shape.height * shape.width; ++i) {
    const int any = static_cast<int>(random.below(255)) - 127;
    made.weights.push_back(
        static_cast<std::int8_t>(extreme ? (i % 3 == 0 || i % 7 == 0 ? -128 : 127) : any));
  }
  made.x.resize(static_cast<std::size_t>(4 * made.quads() * made.x_stride + kDepthwiseReadsBeyond));
  std::ranges::generate(made.x, [&] {
    return extreme ? std::uint8_t{255} : static_cast<std::uint8_t>(random.below(256));
  });
  for (std::int64_t c = 0; c < 4 * made.quads(); ++c) {
    made.bias.push_back(static_cast<std::int32_t>(random.below(2000)) - 1000);
    made.scale.push_back(extreme ? 1e-3F : 0.001F + 0.01F * random.uniform());
  }
  return made;
}

std::uint8_t expected_code(const Case& given, std::int64_t c, std::int64_t y, std::int64_t i,
                           const Requantization& finish) {
  const Shape& shape = given.shape;
  std::int64_t sum = given.bias[static_cast<std::size_t>(c)];
  for (std::int64_t ky = 0; ky < shape.height; ++ky) {
    for (std::int64_t kx = 0; kx < shape.width; ++kx) {
      const std::int64_t position =
          (shape.stride * y + ky) * given.pitch + shape.stride * i + kx + c / 4 * given.x_stride;
      sum += given.weights[static_cast<std::size_t>((c * shape.height + ky) * shape.width + kx)] *
             given.x[static_cast<std::size_t>(4 * position + c % 4)];
    }
  }
  const float scaled = static_cast<float>(sum) * given.scale[static_cast<std::size_t>(c)];
  return static_cast<std::uint8_t>(
      std::clamp<double>(std::nearbyint(scaled) + finish.zero_point, finish.low, finish.high));
}

void with_every_kernel(const std::function<void(const QuadDepthwiseKernel&)>& test) {
  for (const QuadDepthwiseKernel& kernel : quad_depthwise_kernels()) {
    if (!kernel.runs_here()) continue;
    SCOPED_TRACE(kernel.name);
    test(kernel);
  }
}

// Every code as expected; what lies between rows is untouched.
void expect_exact(const Case& given, const Requantization& finish) {
  const Shape& shape = given.shape;
  with_every_kernel([&](const QuadDepthwiseKernel& kernel) {
    const DepthwiseQuads weight =
        depthwise_quads(kernel, given.weights, shape.channels, shape.height, shape.width,
                        shape.stride, given.pitch);
    std::vector<std::uint8_t> y(static_cast<std::size_t>(4 * given.quads() * given.y_stride),
                                kUntouched);
    kernel.multiply(weight, {0, given.quads()}, given.x.data(), given.x_stride, given.run(),
                    y.data(), given.y_stride, finish);
    for (std::size_t at = 0; at < y.size(); ++at) {
      const auto position = static_cast<std::int64_t>(at) / 4;
      const std::int64_t c = position / given.y_stride * 4 + static_cast<std::int64_t>(at) % 4;
      const std::int64_t row = position % given.y_stride / given.y_row;
      const std::int64_t i = position % given.y_stride % given.y_row;
      if (row >= shape.rows || i >= shape.n) {
        ASSERT_EQ(y[at], kUntouched) << at;
      } else if (c < shape.channels) {
        ASSERT_EQ(y[at], expected_code(given, c, row, i, finish))
            << "channel " << c << " row " << row << " position " << i;
      }
    }
  });
}

TEST(QuadDepthwise, EqualsSumsForAllSizesAndStrides) {
  for (const auto& [height, width] : {std::pair{3, 3}, {5, 5}, {1, 1}, {3, 4}, {2, 7}, {7, 9}}) {
    for (const int stride : {1, 2}) {
      for (const std::int64_t n : {1, 3, 7, 8, 15, 16, 17, 33, 64}) {
        SCOPED_TRACE(::testing::Message() << height << " x " << width << " stride " << stride);
        const Case given = make_case(
            {.channels = 8, .height = height, .width = width, .stride = stride, .n = n, .rows = 3});
        expect_exact(given, given.finish());
      }
    }
  }
}

TEST(QuadDepthwise, AnyCountOfChannelsMayBeGiven) {
  for (const std::int64_t channels : {1, 2, 3, 5, 13}) {
    const Case given = make_case({.channels = channels, .height = 3, .width = 3, .n = 20});
    expect_exact(given, given.finish());
  }
}

TEST(QuadDepthwise, TheLargestInputsTimesTheLargestWeightsDoNotSaturate) {
  for (const int size : {3, 5}) {
    for (const int stride : {1, 2}) {
      const Case given = make_case(
          {.channels = 8, .height = size, .width = size, .stride = stride, .n = 40, .rows = 2},
          true);
      expect_exact(given, given.finish());
    }
  }
}

TEST(QuadDepthwise, CodesAreClampedAndHalvesGoToEven) {
  Case given = make_case({.channels = 4, .height = 3, .width = 3, .n = 64});
  std::ranges::fill(given.weights, std::int8_t{1});
  std::ranges::fill(given.scale, 0.5F);
  std::ranges::fill(given.bias, -1150);
  Requantization finish = given.finish();
  finish.low = 90;
  finish.high = 190;
  expect_exact(given, finish);
  std::ranges::fill(given.scale, 1e6F);  // beyond 32 bits
  expect_exact(given, finish);
}

TEST(QuadDepthwise, WritesItsRangeOfQuadsOnly) {
  const Case given = make_case({.channels = 16, .height = 3, .width = 3, .n = 20});
  with_every_kernel([&](const QuadDepthwiseKernel& kernel) {
    const DepthwiseQuads weight = depthwise_quads(kernel, given.weights, 16, 3, 3, 1, given.pitch);
    std::vector<std::uint8_t> y(static_cast<std::size_t>(16 * given.y_stride), kUntouched);
    const std::int64_t plane = 4 * given.y_stride;
    kernel.multiply(weight, {1, 3}, given.x.data() + 4 * given.x_stride, given.x_stride,
                    given.run(), y.data() + plane, given.y_stride, given.finish());
    for (std::int64_t at = 0; at < 4 * plane; ++at) {
      const std::int64_t i = at % plane / 4;
      const bool inside = at >= plane && at < 3 * plane && i < 20;
      const std::uint8_t expected =
          inside ? expected_code(given, at / plane * 4 + at % 4, 0, i, given.finish()) : kUntouched;
      ASSERT_EQ(y[static_cast<std::size_t>(at)], expected) << at;
    }
  });
}

}  // namespace
}  // namespace gcompress::kernels

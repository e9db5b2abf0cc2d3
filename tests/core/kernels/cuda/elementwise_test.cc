// Operators element by element against the same words in double precision.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "gcompress/core/kernels/cuda/elementwise/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::elementwise {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
// Device functions are allowed some units in the last place (CUDA C++ Programming Guide, 1 to 4 for
// those used here, of intermediate results near 1).
constexpr double kTolerance = 4 * 1.2e-7;

struct UnaryCase {
  const char* name;
  std::function<double(double)> expected;
  float a = 0;
  float b = 0;
};

TEST(Elementwise, FunctionsOfOneValueFollowTheirDefinition) {
  const std::vector<UnaryCase> cases = {
      {"abs", [](double x) { return std::abs(x); }},
      {"clip", [](double x) { return std::clamp(x, -0.5, 0.75); }, -0.5F, 0.75F},
      {"erf", [](double x) { return std::erf(x); }},
      {"exp", [](double x) { return std::exp(x); }},
      {"hard_sigmoid", [](double x) { return std::clamp(0.25 * x + 0.5, 0.0, 1.0); }, 0.25F, 0.5F},
      {"hard_swish", [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }},
      {"leaky_relu", [](double x) { return x < 0 ? 0.125 * x : x; }, 0.125F},
      {"log", [](double x) { return std::log(x); }},
      {"neg", [](double x) { return -x; }},
      {"relu", [](double x) { return std::max(x, 0.0); }},
      {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"sqrt", [](double x) { return std::sqrt(x); }},
      {"tanh", [](double x) { return std::tanh(x); }}};
  for (const int count : {1, 255, 256, 1001}) {
    for (const UnaryCase& each : cases) {
      const std::string name = each.name;
      std::vector<float> x = inputs(static_cast<std::size_t>(count), false, 1);
      if (name == "log" || name == "sqrt") {
        for (float& value : x) value = std::abs(value) + 0.01F;
      }
      const Array<float> from(x), to(x.size());
      ASSERT_NE(unary(name), nullptr) << name;
      unary(name)({.x = from.data(), .y = to.data(), .count = count, .a = each.a, .b = each.b},
                  nullptr);
      const std::vector<float> y = to.to_host();
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = each.expected(x[i]);
        ASSERT_NEAR(y[i], expected, kTolerance * std::max(1.0, std::abs(expected))) << name;
      }
    }
  }
  EXPECT_EQ(unary("cosh"), nullptr);
}

TEST(Elementwise, NanStaysNanAndBoundsMayBeInfinite) {
  for (const char* name : {"relu", "clip"}) {
    const Array<float> x(std::vector<float>{kNan, kInfinity, -kInfinity}), y(3);
    unary(name)({.x = x.data(), .y = y.data(), .count = 3, .a = 0, .b = kInfinity}, nullptr);
    const std::vector<float> found = y.to_host();
    EXPECT_TRUE(std::isnan(found[0])) << name;
    EXPECT_EQ(found[1], kInfinity) << name;
    EXPECT_EQ(found[2], 0) << name;
  }
}

TEST(Elementwise, NothingIsLaunchedForNoElements) {
  unary("relu")({}, nullptr);
  binary("add")({}, nullptr);
  channel("quantize")({}, nullptr);
  finish({}, nullptr);
  to_half(nullptr, nullptr, 0, 4, 4, 8, nullptr);
}

TEST(Elementwise, NeighbouringAxesOfOperandsBecomeOne) {
  // [2, 3, 4] with [2, 3, 4]: one axis; with [3, 1]: an axis each for 2, 3 and 4.
  EXPECT_THAT(operand_axes({2, 3, 4}, {12, 4, 1}, {12, 4, 1}), ElementsAre(24, 1, 1));
  EXPECT_THAT(operand_axes({2, 3, 4}, {12, 4, 1}, {0, 1, 0}),
              ElementsAre(2, 3, 4, 12, 4, 1, 0, 1, 0));
  EXPECT_THAT(operand_axes({2, 3, 4}, {12, 4, 1}, {0, 0, 0}), ElementsAre(24, 1, 0));
  EXPECT_THAT(operand_axes({1, 1}, {0, 0}, {0, 0}), IsEmpty());
}

TEST(Elementwise, TwoValuesAreSpreadOverEachOther) {
  // y [2, 3, 5] of a [2, 1, 5] and b [3, 1].
  const std::vector<float> a = inputs(10, true, 1);
  const std::vector<float> b = inputs(3, true, 2);
  const Array<int> axes(operand_axes({2, 3, 5}, {5, 0, 1}, {0, 1, 0}));
  const Array<float> first(a), second(b), y(30);
  const std::vector<std::pair<const char*, std::function<float(float, float)>>> cases = {
      {"add", [](float p, float q) { return p + q; }},
      {"sub", [](float p, float q) { return p - q; }},
      {"mul", [](float p, float q) { return p * q; }},
      {"prelu", [](float p, float q) { return p < 0 ? q * p : p; }}};
  for (const auto& [name, expected] : cases) {
    binary(name)({.first = first.data(),
                  .second = second.data(),
                  .y = y.data(),
                  .axes = axes.data(),
                  .rank = static_cast<int>(axes.size()) / 3,
                  .count = 30},
                 nullptr);
    const std::vector<float> found = y.to_host();
    for (std::size_t i = 0; i < 30; ++i) {
      ASSERT_EQ(found[i], expected(a[i / 15 * 5 + i % 5], b[i / 5 % 3])) << name << " " << i;
    }
  }
}

TEST(Elementwise, QuotientsAndPowersOfScalars) {
  const Array<float> x(std::vector<float>{1, 2, 4}), two(std::vector<float>{2}), y(3);
  const Array<int> axes(operand_axes({3}, {1}, {0}));
  const BinaryCall call{.first = x.data(),
                        .second = two.data(),
                        .y = y.data(),
                        .axes = axes.data(),
                        .rank = 1,
                        .count = 3};
  binary("div")(call, nullptr);
  EXPECT_THAT(y.to_host(), ElementsAre(0.5F, 1, 2));
  binary("pow")(call, nullptr);
  EXPECT_THAT(y.to_host(), ElementsAre(1, 4, 16));
  // A single element of rank 0: no axes at all.
  binary("add")({.first = two.data(), .second = two.data(), .y = y.data(), .count = 1}, nullptr);
  EXPECT_EQ(y.to_host()[0], 4);
}

TEST(Elementwise, ChannelsHaveNumbersOfTheirOwn) {
  const Array<float> x(std::vector<float>{1, 2, 3, 4, -5, 300, -300, 0.25F}), y(8);
  const Array<float> a(std::vector<float>{2, 0.5F}), b(std::vector<float>{1, 128});
  const ChannelCall call{.x = x.data(),
                         .a = a.data(),
                         .b = b.data(),
                         .y = y.data(),
                         .channels = 2,
                         .inner = 2,
                         .count = 8,
                         .low = 0,
                         .high = 255};
  channel("scale_shift")(call, nullptr);
  EXPECT_THAT(y.to_host(), ElementsAre(3, 5, 129.5F, 130, -9, 601, -22, 128.125F));
  channel("quantize")(call, nullptr);  // ties to even
  EXPECT_THAT(y.to_host(), ElementsAre(1, 2, 134, 136, 0, 151, 0, 128));
  channel("dequantize")(call, nullptr);
  EXPECT_THAT(y.to_host(), ElementsAre(0, 2, -62.5F, -62, -12, 598, -214, -63.875F));
}

TEST(Elementwise, TheEndOfALayerAddsAndClamps) {
  const std::vector<float> start = {-4, -1, 0, 1, 2, 3};
  const Array<float> bias(std::vector<float>{1, -1, 0.5F});
  const Array<float> residual(std::vector<float>{0, 1, 2, 3, 4, 5});
  const auto end = [&](const float* added_bias, const float* added, float low, float high) {
    const Array<float> y(start);
    finish({.y = y.data(),
            .bias = added_bias,
            .residual = added,
            .channels = 3,
            .inner = 2,
            .count = 6,
            .low = low,
            .high = high},
           nullptr);
    return y.to_host();
  };
  EXPECT_EQ(end(nullptr, nullptr, -kInfinity, kInfinity), start);
  EXPECT_THAT(end(bias.data(), nullptr, 0, 3), ElementsAre(0, 0, 0, 0, 2.5F, 3));
  EXPECT_THAT(end(bias.data(), residual.data(), -kInfinity, 6), ElementsAre(-3, 1, 1, 3, 6, 6));
}

TEST(Elementwise, RowsOfHalvesAreFilledUpWithZeros) {
  const std::vector<float> x = inputs(3 * 7, false, 5);  // two rows of 5, 7 apart
  const Array<float> from(x);
  const Array<std::uint16_t> to(2 * 8);
  to_half(from.data(), to.data(), 2, 5, 7, 8, nullptr);
  const std::vector<std::uint16_t> found = to.to_host();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::size_t row = i / 8;
    const std::size_t column = i % 8;
    const std::uint16_t expected =
        column < 5 ? bits_of(x[row * 7 + column], ValueType::kHalf) : std::uint16_t{0};
    ASSERT_EQ(found[i], expected) << i;
  }
}

}  // namespace
}  // namespace gcompress::cuda::elementwise

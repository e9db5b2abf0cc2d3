// Scales and rounding against plain arithmetic.
#include "gcompress/core/graph/qdq/arithmetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "gcompress/core/base/random.h"

namespace gcompress::graph {
namespace {

// There and back, the naive way.
double fake_quantized(double value, const ActivationQuantization& q) {
  const double integer =
      std::min(std::max(std::nearbyint(value / q.scale) + q.zero_point, 0.0), 255.0);
  return (integer - q.zero_point) * q.scale;
}

Tensor normal(const Shape& shape, const std::string& purpose, float spread = 1) {
  RandomStream random(3, purpose);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = spread * random.normal();
  return Tensor::from<float>(shape, std::move(values));
}

TEST(QuantizationOfRange, ErrsByHalfAStepInside) {
  RandomStream random(1, "ranges");
  for (int i = 0; i < 200; ++i) {
    const float a = 10 * random.normal();
    const float b = 10 * random.normal();
    const float low = std::min(a, b);
    const float high = std::max(a, b);
    const ActivationQuantization q = quantization_of_range(low, high);
    for (int k = 0; k <= 20; ++k) {
      const double value = low + (high - low) * k / 20.0;
      // Rounding the zero point may cut off up to half a step at an end.
      EXPECT_LE(std::abs(fake_quantized(value, q) - value), q.scale * 1.0001);
    }
  }
}

TEST(QuantizationOfRange, ZeroIsExact) {
  for (const auto& [low, high] : {std::pair{-1.0F, 3.0F}, {2.0F, 5.0F}, {-7.0F, -1.0F}}) {
    EXPECT_EQ(fake_quantized(0, quantization_of_range(low, high)), 0);
  }
}

TEST(QuantizationOfRange, WhatARectifierLeavesBeginsAtZero) {
  const ActivationQuantization q = quantization_of_range(0, 6);
  EXPECT_EQ(q.zero_point, 0);
  EXPECT_FLOAT_EQ(q.scale * 255, 6);
}

TEST(QuantizationOfRange, SymmetricHasNoZeroPointAndReachesTheLargerSide) {
  for (const auto& [low, high] : {std::pair{-3.0F, 1.0F}, {-1.0F, 3.0F}, {0.0F, 3.0F}}) {
    const ActivationQuantization q =
        quantization_of_range(low, high, ActivationType::kInt8Symmetric);
    EXPECT_EQ(q.zero_point, 0);
    EXPECT_FLOAT_EQ(q.scale * 127, 3);
    EXPECT_NEAR(rounded_to(high, q), high, q.scale / 2);
    EXPECT_NEAR(rounded_to(low, q), low, q.scale / 2);
    EXPECT_EQ(rounded_to(0, q), 0);
  }
}

TEST(RoundedTo, IsThereAndBackAndSaturates) {
  const ActivationQuantization q = quantization_of_range(-1, 3);
  for (const double value : {-5.0, -1.0, -0.3, 0.0, 0.1, 2.99, 3.0, 100.0}) {
    EXPECT_DOUBLE_EQ(rounded_to(value, q), fake_quantized(value, q)) << value;
  }
}

TEST(QuantizationOfRange, ZeroAloneHasAScale) {
  EXPECT_EQ(quantization_of_range(0, 0), ActivationQuantization{});
  EXPECT_TRUE(std::isnormal(quantization_of_range(0, 1e-44F).scale));
}

TEST(QuantizeWeight, EachChannelErrsByHalfAStepOfItsOwn) {
  for (const int axis : {-1, 0, 1, 2}) {
    const Tensor weight = normal({4, 3, 5}, "weight");
    const QuantizedWeight quantized = quantize_weight(weight, axis, kWeightLevels);
    const auto values = weight.as<float>();
    const auto integers = quantized.values.as<std::int8_t>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t place[] = {i / 15, i / 5 % 3, i % 5};
      const float scale = quantized.scales[axis < 0 ? 0 : place[axis]];
      EXPECT_EQ(integers[i], static_cast<int>(std::nearbyint(double{values[i]} / scale)));
      EXPECT_LE(std::abs(integers[i] * scale - values[i]), 0.5001F * scale);
    }
    const std::size_t channels = axis < 0 ? 1 : static_cast<std::size_t>(weight.shape()[axis]);
    EXPECT_EQ(quantized.scales.size(), channels);
  }
}

TEST(QuantizeWeight, ZerosStayZeros) {
  std::vector<float> values(600, 0.0F);
  RandomStream random(5, "sparse");
  for (std::size_t i = 0; i < values.size(); i += 7) values[i] = random.normal();
  const auto quantized =
      quantize_weight(Tensor::from<float>({6, 100}, values), 0, kWeightLevels).values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(values[i] != 0 || quantized.as<std::int8_t>()[i] == 0);
  }
}

TEST(QuantizeWeight, AChannelOfZerosHasAScale) {
  const Tensor weight = Tensor::from<float>({3, 2}, {0, 0, 1, -1, 0, 0});
  const QuantizedWeight quantized =
      quantize_weight(weight, 0, kWeightLevels, std::vector<float>{0, 0, 0.25F});
  EXPECT_EQ(quantized.scales, (std::vector<float>{1, 1.0F / 127, 0.25F}));
  for (const float scale : quantized.scales) EXPECT_GT(scale, 0);
}

TEST(QuantizeWeight, TheSmallestNumbersHaveNormalScales) {
  const Tensor weight = Tensor::from<float>({1, 2}, {1e-44F, -1e-44F});
  const float scale = quantize_weight(weight, 0, kWeightLevels).scales.front();
  EXPECT_TRUE(std::isnormal(scale * quantization_of_range(0, 1e-44F).scale));
}

// vpmaddubsw adds two products of uint8 and int8 in 16 bits.
TEST(QuantizeWeight, ReducedWeightsDoNotSaturateSumsOfTwo) {
  const Tensor weight = Tensor::from<float>({2, 4}, {1, 1, -1, -1, 0.99F, -1, 1, 0.5F});
  for (const int levels : {kWeightLevels, kReducedWeightLevels}) {
    int most = 0;
    const QuantizedWeight quantized = quantize_weight(weight, 0, levels);
    const auto integers = quantized.values.as<std::int8_t>();
    for (std::size_t i = 0; i < integers.size(); i += 2) {
      most = std::max(most, std::abs(255 * integers[i] + 255 * integers[i + 1]));
    }
    EXPECT_EQ(most > 32767, levels == kWeightLevels) << levels;
  }
}

TEST(QuantizeBias, IsRoundedToTheScaleOfTheSums) {
  const std::vector<float> bias = {1.0F, -0.26F, 0.0F};
  const std::vector<float> scales = {0.5F, 0.1F, 0.1F};
  const Tensor integers = quantize_bias(bias, scales);
  EXPECT_EQ(integers.as<std::int32_t>()[0], 2);
  EXPECT_EQ(integers.as<std::int32_t>()[1], -3);
  EXPECT_EQ(integers.as<std::int32_t>()[2], 0);
}

TEST(QuantizeBias, ABiasBesideTinyWeightsFits) {
  const float input_scale = 0.01F;
  const std::vector<float> bias = {1000.0F, -1000.0F, 3.0F};
  const Tensor weight = Tensor::from<float>({3, 1}, {1e-9F, 0.0F, 1.0F});
  const QuantizedWeight quantized =
      quantize_weight(weight, 0, kWeightLevels, least_weight_scales(bias, input_scale));
  std::vector<float> scales;
  for (const float scale : quantized.scales) scales.push_back(input_scale * scale);
  const Tensor integers = quantize_bias(bias, scales);
  for (std::size_t i = 0; i < bias.size(); ++i) {
    const auto integer = static_cast<double>(integers.as<std::int32_t>()[i]);
    EXPECT_LT(std::abs(integer), 1.1e9);
    const double error = integer * scales[i] - bias[i];
    EXPECT_LE(std::abs(error), 1e-4 * std::abs(bias[i]));
  }
}

}  // namespace
}  // namespace gcompress::graph

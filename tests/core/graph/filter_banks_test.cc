#include "gcompress/core/graph/filter_banks.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "gcompress/core/graph/weights.h"
#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

using std::numbers::pi;

// Rows of cosines, then of sines, of frequencies 0..taps/2, under a periodic Hann window.
Tensor fourier_basis(std::int64_t taps, bool windowed) {
  const std::int64_t bins = taps / 2 + 1;
  std::vector<float> values;
  for (std::int64_t row = 0; row < 2 * bins; ++row) {
    for (std::int64_t t = 0; t < taps; ++t) {
      const double angle =
          2 * pi * static_cast<double>((row % bins) * t) / static_cast<double>(taps);
      const double window =
          windowed
              ? 0.5 - 0.5 * std::cos(2 * pi * static_cast<double>(t) / static_cast<double>(taps))
              : 1.0;
      values.push_back(
          static_cast<float>(window * (row < bins ? std::cos(angle) : -std::sin(angle))));
    }
  }
  return Tensor::from({2 * bins, 1, taps}, std::move(values));
}

// Triangles whose centres are ever farther apart.
Tensor mel_filters(std::int64_t bins, std::int64_t filters) {
  std::vector<float> values;
  for (std::int64_t bin = 0; bin < bins; ++bin) {
    for (std::int64_t f = 0; f < filters; ++f) {
      const double centre = std::pow(static_cast<double>(f + 1), 1.3);
      const double width = 0.7 * std::pow(static_cast<double>(f + 1), 0.4) + 0.8;
      values.push_back(static_cast<float>(
          std::max(0.0, 1 - std::abs(static_cast<double>(bin) - centre) / width)));
    }
  }
  return Tensor::from({bins, filters}, std::move(values));
}

// Gabor functions as trained layers show them: every one with a phase and place of its own.
Tensor gabor_filters(std::int64_t filters, std::int64_t taps) {
  RandomStream random(3, "gabor");
  std::vector<float> values;
  for (std::int64_t f = 0; f < filters; ++f) {
    const float frequency = random.uniform() * 3;
    const float phase = random.uniform() * 6.28F;
    const float centre = static_cast<float>(taps) * (0.3F + 0.4F * random.uniform());
    for (std::int64_t t = 0; t < taps; ++t) {
      const float x = (static_cast<float>(t) - centre) / static_cast<float>(taps);
      values.push_back(std::exp(-12 * x * x) * std::cos(frequency * static_cast<float>(t) + phase));
    }
  }
  return Tensor::from({filters, 1, taps}, std::move(values));
}

bool is_fixed(const Tensor& kernel, const std::string& op = "Conv") {
  const Network network = make_network({1, 1, 4000}, {make_node(op, "first", {"x", "w"}, {"y"})},
                                       {weight("w", kernel)});
  const auto weights = find_weights(network);
  EXPECT_EQ(weights.size(), 1U);
  EXPECT_EQ(weights[0].prunable, !weights[0].fixed);
  return weights[0].fixed;
}

TEST(FilterBanks, FourierBasesAreFixed) {
  EXPECT_TRUE(is_fixed(fourier_basis(256, true)));
  EXPECT_TRUE(is_fixed(fourier_basis(64, false)));
  EXPECT_TRUE(is_fixed(fourier_basis(16, true)));
}

TEST(FilterBanks, FourierBasesAreFixedInHalfPrecisionAndAsMatrices) {
  const Tensor basis = fourier_basis(64, true);
  const auto values = to_float32(basis);
  EXPECT_TRUE(is_fixed(from_float32(DataType::kFloat16, basis.shape(), values)));
  std::vector<float> columns(values.size());
  for (std::size_t f = 0; f < 66; ++f) {
    for (std::size_t t = 0; t < 64; ++t) columns[t * 66 + f] = values[f * 64 + t];
  }
  EXPECT_TRUE(is_fixed(Tensor::from({64, 66}, columns), "MatMul"));
}

TEST(FilterBanks, CosineTransformsAndMelFiltersAreFixed) {
  std::vector<float> cosines;
  for (int n = 0; n < 40; ++n) {
    for (int k = 0; k < 13; ++k) {
      cosines.push_back(static_cast<float>(std::cos(pi * k * (2 * n + 1) / 80)));
    }
  }
  EXPECT_TRUE(is_fixed(Tensor::from({40, 13}, cosines), "MatMul"));
  EXPECT_TRUE(is_fixed(mel_filters(129, 40), "MatMul"));
}

TEST(FilterBanks, ALoneLowPassFilterIsFixed) {
  std::vector<float> sinc;
  for (int t = 0; t < 64; ++t) {
    const double x = (t - 31.5) / 4;
    sinc.push_back(static_cast<float>(std::sin(pi * x) / (pi * x) *
                                      (0.54 + 0.46 * std::cos(pi * (t - 31.5) / 32))));
  }
  EXPECT_TRUE(is_fixed(Tensor::from({1, 1, 64}, sinc)));
}

TEST(FilterBanks, TrainedKernelsAreNot) {
  EXPECT_FALSE(is_fixed(random_weight("a", {32, 1, 64}).value));
  EXPECT_FALSE(is_fixed(random_weight("b", {1, 1, 64}).value));
  EXPECT_FALSE(is_fixed(random_weight("c", {256, 80}).value, "MatMul"));
  EXPECT_FALSE(is_fixed(gabor_filters(32, 64)));
}

TEST(FilterBanks, ATunedFourierBasisIsNot) {
  const Tensor basis = fourier_basis(64, true);
  std::vector<float> values = to_float32(basis);
  RandomStream random(5, "noise");
  for (float& value : values) value += 0.1F * random.normal();
  EXPECT_FALSE(is_fixed(Tensor::from(basis.shape(), values)));
}

TEST(FilterBanks, SmallFilledAndManyChannelledKernelsAreNot) {
  EXPECT_FALSE(is_fixed(Tensor::from<float>({1, 1, 3}, {1, 2, 1})));
  EXPECT_FALSE(is_fixed(Tensor::zeros(DataType::kFloat32, {32, 1, 64})));
  EXPECT_FALSE(is_fixed(Tensor::from({32, 1, 64}, std::vector<float>(2048, 0.5F))));
  const Tensor basis = fourier_basis(64, true);
  EXPECT_FALSE(is_fixed(basis.reshaped({33, 2, 64})));
}

TEST(FilterBanks, WhatFollowsABankIsStillPreprocessing) {
  const Network network = make_network(
      {1, 1, 4000},
      {make_node("Conv", "bank", {"x", "basis", "zero"}, {"h"}),
       make_node("Mul", "scale", {"h", "lengths"}, {"s"}),
       make_node("Conv", "learned", {"s", "k"}, {"a"}),
       make_node("Add", "bias", {"a", "b"}, {"y"})},
      {weight("basis", fourier_basis(64, true)),
       weight("zero", Tensor::zeros(DataType::kFloat32, {66})), random_weight("lengths", {66, 1}),
       random_weight("k", {8, 66, 3}), random_weight("b", {8, 1})});
  const auto weights = find_weights(network);
  ASSERT_EQ(weights.size(), 4U);
  EXPECT_TRUE(weights[0].fixed);
  EXPECT_TRUE(weights[1].fixed) << "the zero bias belongs to the bank";
  EXPECT_EQ(weights[2].id.tensor, "k");
  EXPECT_EQ(weights[3].id.tensor, "b");
}

TEST(FilterBanks, TablesOfSinusoidsAreFixed) {
  std::vector<float> table;
  for (int t = 0; t < 64; ++t) {
    for (int c = 0; c < 32; ++c) {
      const double angle = t / std::pow(10000.0, (c / 2 * 2) / 32.0);
      table.push_back(static_cast<float>(c % 2 == 0 ? std::sin(angle) : std::cos(angle)));
    }
  }
  EXPECT_TRUE(sinusoidal_table(Tensor::from({1, 64, 32}, table)));
  EXPECT_FALSE(sinusoidal_table(random_weight("t", {64, 32}).value));
  EXPECT_FALSE(sinusoidal_table(Tensor::zeros(DataType::kFloat32, {64, 32})));
}

}  // namespace
}  // namespace gcompress::graph

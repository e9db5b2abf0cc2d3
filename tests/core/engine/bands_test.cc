// Chains of layers by bands of rows: their geometry, and that they compute what layers do.
#include "gcompress/core/engine/bands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/engine/plan.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"

namespace gcompress::engine {
namespace {

using testing::NetworkBuilder;

ChainLayer layer(std::int64_t height, const RowReach& reach) {
  return {.reach = reach, .channels = 8, .height = height, .row = 32, .weight_bytes = 100};
}

TEST(Bands, ALayerIsAheadOfTheNextByWhatThatReadsBelow) {
  const std::vector<ChainLayer> layers = {layer(32, {1, 0, 1}), layer(16, {2, 1, 3}),
                                          layer(16, {1, 1, 3})};
  const std::vector<Band> bands = bands_of(layers, 4);
  EXPECT_EQ(bands[2].rows, 4);
  EXPECT_EQ(bands[1].rows, 4);
  EXPECT_EQ(bands[1].lead, 1);
  EXPECT_EQ(bands[1].halo, 2);
  EXPECT_EQ(bands[0].rows, 8);
  EXPECT_EQ(bands[0].lead, 2);
  EXPECT_EQ(bands[0].halo, 1);
  EXPECT_EQ(bands[0].early, -3);
  EXPECT_EQ(first_time(bands, 0), -1) << "rows 0 and 1 of the first layer come before";
  EXPECT_EQ(first_time(bands, 2), 1) << "from row 13 on";
}

TEST(Bands, WhatStaysNearIsNoChain) {
  const std::vector<ChainLayer> layers(4, layer(16, {1, 1, 3}));
  EXPECT_TRUE(cut_into_chains(layers, layers[0].bytes(), 1 << 20).empty());
  const std::vector<ChainCut> cuts = cut_into_chains(layers, layers[0].bytes(), 30'000);
  ASSERT_FALSE(cuts.empty());
  for (const ChainCut& cut : cuts) {
    EXPECT_GT(cut.end - cut.begin, 1);
    EXPECT_GT(cut.rows, 0);
    EXPECT_LT(cut.rows, 16);
  }
}

TEST(Bands, NothingFitsACacheOfNothing) {
  const std::vector<ChainLayer> layers(4, layer(16, {1, 1, 3}));
  EXPECT_TRUE(cut_into_chains(layers, layers[0].bytes(), 64).empty());
}

// A network of convolutions of all kinds, one behind the other, some with a shortcut around.
struct RandomNetwork {
  graph::Network network;
  Shape input;
};

RandomNetwork random_network(std::uint64_t seed) {
  RandomStream random(seed, "bands test");
  const auto below = [&random](std::int64_t limit) {
    return static_cast<std::int64_t>(random.uniform() * static_cast<float>(limit));
  };
  const Shape input = {1 + 2 * below(2), 3, 1 + below(60), 5 + below(40)};
  NetworkBuilder b({-1, 3, input[2], input[3]}, seed);
  std::string value = "x";
  std::int64_t channels = 3;
  std::int64_t height = input[2];
  std::int64_t width = input[3];
  const std::int64_t layers = 3 + below(5);
  for (std::int64_t i = 0; i < layers; ++i) {
    const std::int64_t kernel =
        std::vector<std::int64_t>{1, 3, 3, 5}[static_cast<std::size_t>(below(4))];
    const std::int64_t stride = 1 + below(8) / 6;
    const std::int64_t dilation = kernel == 3 && stride == 1 ? 1 + below(8) / 7 : 1;
    const bool depthwise = channels > 3 && below(2) == 0;
    const std::int64_t filters = depthwise ? channels : 4 * (1 + below(3));
    const std::int64_t groups = depthwise ? channels : below(5) == 0 && channels % 2 == 0 ? 2 : 1;
    const std::int64_t same = (kernel - 1) * dilation / 2;
    const std::int64_t lower = below(3) == 0 ? 0 : same;
    const std::int64_t extent = (kernel - 1) * dilation + 1;
    const std::int64_t next_height = (height + lower + same - extent) / stride + 1;
    const std::int64_t next_width = (width + 2 * same - extent) / stride + 1;
    if (height + lower + same < extent || next_width < 3) continue;
    const std::string name = "c" + std::to_string(i);
    std::string weight = b.floats(name + ".w", {filters, channels / groups, kernel, kernel});
    if (!depthwise && below(2) == 0) {
      Tensor& tensor = b.network().graph.initializers.back().value;
      std::vector<float> values = to_float32(tensor);
      for (float& each : values) each = random.uniform() < 0.2F ? each : 0;
      tensor = Tensor::from<float>(tensor.shape(), std::move(values));
    }
    const std::string before = value;
    value =
        b.node("Conv", name, {before, weight, b.floats(name + ".b", {filters})},
               {graph::make_attribute("pads", std::vector<std::int64_t>{lower, same, same, same}),
                graph::make_attribute("strides", std::vector<std::int64_t>(2, stride)),
                graph::make_attribute("dilations", std::vector<std::int64_t>(2, dilation)),
                graph::make_attribute("group", groups)});
    if (i > 0 && filters == channels && next_height == height && next_width == width &&
        below(2) == 0) {
      value = b.node("Add", name + ".sum", {value, before});
    }
    if (below(2) == 0) value = b.node("Relu", name + ".relu", {value});
    channels = filters;
    height = next_height;
    width = next_width;
  }
  b.conv("y", value, {2, channels, 1, 1}, true);
  return {.network = b.finish("y", {-1, 2, -1, -1}), .input = input};
}

Tensor normal(const Shape& shape, std::uint64_t seed) {
  RandomStream random(seed, "bands input");
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = random.normal();
  return Tensor::from<float>(shape, std::move(values));
}

// Sums in another order differ by rounding alone.
void expect_same(const execute::Values& found, const execute::Values& expected) {
  const auto a = found.at("y").as<float>();
  const auto b = expected.at("y").as<float>();
  ASSERT_EQ(found.at("y").shape(), expected.at("y").shape());
  double largest = 1e-3;
  for (const float value : b) largest = std::max(largest, std::abs(double{value}));
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5 * largest) << i;
}

std::int64_t banded_steps(const Plan& plan) {
  return std::ranges::count_if(plan.steps(), [](const StepFacts& step) {
    return step.kernel.name.find("bands of") != std::string::npos;
  });
}

TEST(Bands, ChainsOfAnyConvolutionsEqualTheNaiveOnes) {
  std::int64_t banded = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const RandomNetwork random = random_network(seed);
    const execute::Values inputs = {{"x", normal(random.input, seed)}};
    const execute::Values expected = testing::NaiveExecutor(random.network, nullptr).run(inputs);
    for (const int threads : {1, 2, 4}) {
      for (const std::int64_t cache : {20'000, 60'000, 150'000}) {
        SCOPED_TRACE(::testing::Message()
                     << "seed " << seed << ", threads " << threads << ", cache " << cache);
        Plan plan(random.network, {{"x", random.input}}, threads, cache);
        banded += banded_steps(plan);
        for (int run = 0; run < 2; ++run) expect_same(plan.run(inputs), expected);
        std::vector<double> seconds;
        expect_same(plan.run_timed(inputs, seconds), expected);
      }
    }
  }
  EXPECT_GT(banded, 100) << "steps that were computed by bands";
}

TEST(Bands, ValuesOfAChainTakeLessMemory) {
  NetworkBuilder b({1, 8, 128, 128}, 1);
  b.conv("c0", "x", {24, 8, 3, 3}, true, 1);
  b.conv("c1", "c0", {24, 24, 3, 3}, true, 1);
  b.conv("c2", "c1", {8, 24, 3, 3}, true, 1);
  b.conv("y", "c2", {2, 8, 1, 1}, true);
  const graph::Network network = b.finish("y", {1, 2, 128, 128});
  const std::map<std::string, Shape> shapes = {{"x", {1, 8, 128, 128}}};
  const Plan whole(network, shapes, 1, std::int64_t{1} << 30);
  const Plan bands(network, shapes, 1, 300'000);
  EXPECT_EQ(banded_steps(whole), 0);
  EXPECT_GT(banded_steps(bands), 0);
  EXPECT_LT(bands.arena_bytes(), whole.arena_bytes());
}

}  // namespace
}  // namespace gcompress::engine

// Equalizing and smoothing change constants, not what the network computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/quantize/equalize.h"
#include "gcompress/quantize/smooth.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"

namespace gcompress::quantize {
namespace {

using testing::naive_factory;
using testing::naive_outputs;
using testing::NetworkBuilder;
using testing::normal_samples;

void expect_same_outputs(const graph::Network& a, const graph::Network& b,
                         const data::Dataset& data) {
  const std::vector<float> first = naive_outputs(a, data);
  const std::vector<float> second = naive_outputs(b, data);
  float largest = 0;
  for (const float value : first) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < first.size(); ++i) {
    ASSERT_NEAR(first[i], second[i], 1e-4 * largest) << i;  // scales in float32
  }
}

Tensor weight_at(const graph::Network& network, std::size_t node) {
  return network.graph.initializer(network.graph.nodes[node].inputs[1])->value;
}

// Largest absolute weight of each index of an axis.
std::vector<float> largest_along(const Tensor& weight, std::size_t axis) {
  const auto channels = static_cast<std::size_t>(weight.shape()[axis]);
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < weight.shape().size(); ++i) {
    inner *= static_cast<std::size_t>(weight.shape()[i]);
  }
  const std::vector<float> values = to_float32(weight);
  std::vector<float> result(channels, 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float& most = result[i / inner % channels];
    most = std::max(most, std::abs(values[i]));
  }
  return result;
}

graph::Network chain(std::int64_t groups) {
  NetworkBuilder b({-1, 2, 5, 5}, 3);
  b.node("Relu", "r", {b.conv("c", "x", {4, 2, 3, 3}, true, 1)});
  b.conv("d", "r", {4, 4 / groups, 3, 3}, true, 1, groups);
  return b.finish("d", {-1, 4, 5, 5});
}

TEST(Equalized, ComputesTheSameWithWeightsSpreadAlike) {
  for (const std::int64_t groups : {1, 2, 4}) {
    graph::Network network = chain(groups);
    // One channel far larger than the others.
    std::vector<float> values = to_float32(network.graph.initializer("c.weight")->value);
    for (std::size_t i = 0; i < 18; ++i) values[i] *= 100;
    network.graph.initializer("c.weight")->value =
        Tensor::from<float>({4, 2, 3, 3}, std::move(values));
    const Equalized result = equalized(network);
    EXPECT_EQ(result.pairs, 1U);
    expect_same_outputs(network, result.network, normal_samples(6, {2, 5, 5}));
    const std::vector<float> out = largest_along(weight_at(result.network, 0), 0);
    if (groups == 4) continue;
    if (groups == 1) {
      const std::vector<float> in = largest_along(weight_at(result.network, 2), 1);
      for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(out[i], in[i], 1e-3 * in[i]);
    }
    EXPECT_LT(*std::ranges::max_element(out), 60);
  }
}

TEST(Equalized, LinearLayersInEitherLayout) {
  for (const bool transposed : {false, true}) {
    NetworkBuilder b({-1, 3}, 2);
    b.node("Relu", "r", {b.gemm("g", "x", 3, 6, transposed)});
    b.gemm("h", "r", 6, 2, !transposed);
    const graph::Network network = b.finish("h", {-1, 2});
    const Equalized result = equalized(network);
    EXPECT_EQ(result.pairs, 1U);
    expect_same_outputs(network, result.network, normal_samples(6, {3}));
  }
}

TEST(Equalized, ABoundedRectifierOrASecondReaderStandsInTheWay) {
  NetworkBuilder b({-1, 2, 4, 4}, 1);
  b.conv("c", "x", {3, 2, 1, 1}, true);
  b.constant("low", Tensor::scalar(0.0F));
  b.constant("high", Tensor::scalar(6.0F));
  b.conv("d", b.node("Clip", "r", {"c", "low", "high"}), {3, 3, 1, 1}, true);
  b.conv("e", "d", {3, 3, 1, 1}, true);
  b.node("Add", "y", {"d", "e"});
  const Equalized result = equalized(b.finish("y", {-1, 3, 4, 4}));
  EXPECT_EQ(result.pairs, 0U);
}

TEST(Equalized, DeadChannelsStayDead) {
  graph::Network network = chain(1);
  std::vector<float> values = to_float32(network.graph.initializer("c.weight")->value);
  std::fill(values.begin(), values.begin() + 18, 0.0F);
  network.graph.initializer("c.weight")->value =
      Tensor::from<float>({4, 2, 3, 3}, std::move(values));
  const Equalized result = equalized(network);
  expect_same_outputs(network, result.network, normal_samples(6, {2, 5, 5}));
  EXPECT_EQ(largest_along(weight_at(result.network, 0), 0)[0], 0);
}

// A product whose input has one feature far larger than the others, behind gain and shift, or not.
graph::Network outlying_feature(bool normalised) {
  NetworkBuilder b({-1, 8}, 4);
  std::vector<float> gain(8, 1.0F);
  gain[3] = 80;
  b.constant("gain", Tensor::from<float>({8}, std::move(gain)));
  b.node("Mul", "scaled", {"x", "gain"});
  const std::string input =
      normalised ? b.node("Add", "shifted", {"scaled", b.floats("shift", {8})}) : "scaled";
  if (!normalised) b.node("Relu", "kept", {"scaled"});  // a second reader: nothing to fold into
  b.node("MatMul", "p", {input, b.floats("w", {8, 5})});
  b.node("MatMul", "q", {input, b.floats("v", {8, 5})});
  b.node("Add", "y", {"p", "q"});
  return b.finish("y", {-1, 5});
}

TEST(Smoothed, ComputesTheSameAndFoldsWhereItCan) {
  for (const bool normalised : {true, false}) {
    const graph::Network network = outlying_feature(normalised);
    const data::Dataset data = normal_samples(12, {8});
    const execute::ExecutorFactory make = naive_factory();
    const CalibrateOptions options;
    const RunContext context;
    const Smoothed result = smoothed(network, 0.5, {make, data, options, context});
    EXPECT_EQ(result.values, 1U);
    EXPECT_EQ(result.inserted, normalised ? 0U : 1U);
    EXPECT_EQ(result.network.graph.nodes.size(), network.graph.nodes.size() + (normalised ? 0 : 1));
    expect_same_outputs(network, result.network, data);
  }
}

TEST(Smoothed, TheInputSpreadsLess) {
  const graph::Network network = outlying_feature(true);
  const data::Dataset data = normal_samples(50, {8});
  const execute::ExecutorFactory make = naive_factory();
  const CalibrateOptions options;
  const RunContext context;
  const graph::Network result = smoothed(network, 0.5, {make, data, options, context}).network;
  const auto spread = [&](const graph::Network& of) {
    std::vector<float> largest(8, 0.0F);
    probe(of, {"shifted"}, {make, data, options, context}, "look",
          [&](const std::string&, const Tensor& tensor) {
            const std::vector<float> values = to_float32(tensor);
            for (std::size_t i = 0; i < values.size(); ++i) {
              largest[i % 8] = std::max(largest[i % 8], std::abs(values[i]));
            }
          });
    return *std::ranges::max_element(largest) / *std::ranges::min_element(largest);
  };
  EXPECT_LT(spread(result), spread(network) / 3);
}

}  // namespace
}  // namespace gcompress::quantize

// Calibrating and quantizing small networks, which a naive runner then computes.
#include "gcompress/quantize/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gcompress/core/graph/qdq/pattern.h"
#include "gcompress/core/graph/weights.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::quantize {
namespace {

using testing::naive_factory;
using testing::normal_samples;

using ::testing::HasSubstr;
using testing::naive_outputs;
using testing::NetworkBuilder;
using testing::thrown_by;

// A batch norm, a residual, pooling, a linear layer.
graph::Network residual_network(std::int64_t batch = -1) {
  NetworkBuilder b({batch, 2, 5, 5}, 3);
  b.node("Relu", "r1", {b.batch_norm("n1", b.conv("c1", "x", {4, 2, 3, 3}, false, 1), 4)});
  b.batch_norm("n2", b.conv("c2", "r1", {4, 4, 3, 3}, true, 1), 4);
  b.node("Relu", "r2", {b.node("Add", "a", {"n2", "r1"})});
  b.node("GlobalAveragePool", "pooled", {"r2"});
  b.node("Flatten", "flat", {"pooled"});
  b.gemm("g", "flat", 4, 3);
  return b.finish("g", {batch, 3});
}

graph::Network transformer_block() {
  NetworkBuilder b({-1, 8}, 5);
  for (const std::string name : {"q", "k", "v"}) {
    b.node("MatMul", name + "m", {"x", b.floats(name + "w", {8, 8}, 0.3F)});
    b.node("Add", name, {name + "m", b.floats(name + "b", {8}, 0.3F)});
  }
  b.node("Transpose", "kt", {"k"});
  b.node("MatMul", "scores", {"q", "kt"});
  b.node("Softmax", "p", {"scores"}, {graph::make_attribute("axis", std::int64_t{-1})});
  b.node("MatMul", "mixed", {"p", "v"});
  b.node("Add", "y", {"mixed", "x"});
  return b.finish("y", {-1, 8});
}

Ranges calibrated(const graph::Network& network, const execute::ExecutorFactory& make,
                  const data::Dataset& data, const CalibrateOptions& options = {}) {
  return ranges_of(observe(network, make, data, options, {}), calibrator("min-max"));
}

Quantized quantized(const graph::Network& network, const data::Dataset& data,
                    const QuantizeOptions& options = {}) {
  return quantize(network, calibrated(network, naive_factory(), data), options);
}

// The largest difference over the largest output.
double worst(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::abs(double{a[i]} - b[i]));
    largest = std::max(largest, std::abs(double{a[i]}));
  }
  return difference / largest;
}

TEST(Quantize, AResidualNetworkSaysNearlyTheSame) {
  const data::Dataset data = normal_samples(24, {2, 5, 5});
  const graph::Network network = residual_network();
  for (const bool reduced : {false, true}) {
    const Quantized result = quantized(network, data, {.reduced_range = reduced});
    EXPECT_EQ(result.plan.layers.size(), 3U);
    EXPECT_TRUE(result.plan.stayed_float.empty());
    // Half a step of 1/255 at each of five roundings, and weights of 1/127 (1/64): about 2% (4%).
    EXPECT_LT(worst(naive_outputs(network, data), naive_outputs(result.network, data)),
              reduced ? 0.05 : 0.03);
  }
}

TEST(Quantize, ATransformerBlockSaysNearlyTheSame) {
  const data::Dataset data = normal_samples(12, {8});
  const graph::Network network = transformer_block();
  const Quantized result = quantized(network, data);
  EXPECT_EQ(result.plan.layers.size(), 5U);
  EXPECT_LT(worst(naive_outputs(network, data), naive_outputs(result.network, data)), 0.03);
}

TEST(Quantize, AProductOfMatricesTakesItsBiasIn) {
  const graph::Network network = quantized(transformer_block(), normal_samples(4, {8})).network;
  std::vector<std::string> operators;
  for (const graph::Node& node : network.graph.nodes) {
    if (!node.op_type.ends_with("quantizeLinear") && !node.op_type.ends_with("QuantizeLinear")) {
      operators.push_back(node.op_type);
    }
  }
  EXPECT_THAT(operators, ::testing::ElementsAre("Gemm", "Gemm", "Gemm", "Transpose", "MatMul",
                                                "Softmax", "MatMul", "Add"));
}

TEST(Quantize, WeightsAndBiasesAreIntegersWithMatchingScales) {
  const data::Dataset data = normal_samples(8, {2, 5, 5});
  const graph::Network network = quantized(residual_network(), data).network;
  std::map<std::string, const graph::Node*> producers;
  for (const graph::Node& node : network.graph.nodes) producers[node.outputs[0]] = &node;
  int layers = 0;
  for (const graph::Node& node : network.graph.nodes) {
    EXPECT_NE(node.op_type, "BatchNormalization");
    if (node.op_type != "Conv" && node.op_type != "Gemm") continue;
    ++layers;
    std::vector<Tensor> scales;
    for (std::size_t input = 0; input < 3; ++input) {
      const graph::Node* dequantize = producers.at(node.inputs[input]);
      ASSERT_EQ(dequantize->op_type, "DequantizeLinear");
      scales.push_back(network.graph.initializer(dequantize->inputs[1])->value);
      if (input == 0) continue;
      EXPECT_EQ(network.graph.initializer(dequantize->inputs[0])->value.dtype(),
                input == 1 ? DataType::kInt8 : DataType::kInt32);
      EXPECT_EQ(graph::attribute_int(*dequantize, "axis", 1), 0);
    }
    for (std::int64_t i = 0; i < scales[1].size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      EXPECT_EQ(scales[2].as<float>()[at], scales[0].as<float>()[0] * scales[1].as<float>()[at]);
    }
  }
  EXPECT_EQ(layers, 3);
}

TEST(Quantize, PrunedWeightsStayPruned) {
  graph::Network network = residual_network();
  for (graph::Initializer& initializer : network.graph.initializers) {
    if (!initializer.name.ends_with(".weight")) continue;
    std::vector<float> values = to_float32(initializer.value);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 5 == 0 ? values[i] : 0.0F;
    initializer.value = Tensor::from<float>(initializer.value.shape(), std::move(values));
  }
  const graph::Network result = quantized(network, normal_samples(8, {2, 5, 5})).network;
  for (const std::string name : {"c1.weight", "c2.weight", "g.weight"}) {
    const auto before = to_float32(network.graph.initializer(name)->value);
    const auto& after = result.graph.initializer(name + ".quantized")->value;
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_TRUE(before[i] != 0 || after.as<std::int8_t>()[i] == 0);
    }
  }
}

TEST(Quantize, ADeadChannelKeepsItsBias) {
  NetworkBuilder b({-1, 3}, 1);
  b.gemm("g", "x", 3, 2);
  graph::Network network = b.finish("g", {-1, 2});
  network.graph.initializer("g.weight")->value = Tensor::from<float>({2, 3}, {0, 0, 0, 1, 2, 3});
  const data::Dataset data = normal_samples(8, {3});
  const graph::Network result = quantized(network, data).network;
  for (const float scale : result.graph.initializer("g.weight.scale")->value.as<float>()) {
    EXPECT_GT(scale, 0);
  }
  const std::vector<float> outputs = naive_outputs(result, data);
  const float bias = network.graph.initializer("g.bias")->value.as<float>()[0];
  for (std::size_t i = 0; i < outputs.size(); i += 2) EXPECT_NEAR(outputs[i], bias, 1e-6);
}

TEST(Quantize, SignedActivationsHaveZeroPointsOfInt8) {
  const data::Dataset data = normal_samples(8, {2, 5, 5});
  const graph::Network network =
      quantized(residual_network(), data, {.activations = graph::ActivationType::kInt8Symmetric})
          .network;
  int pairs = 0;
  for (const graph::Node& node : network.graph.nodes) {
    if (node.op_type != "QuantizeLinear") continue;
    const Tensor zero = network.graph.initializer(node.inputs[2])->value;
    EXPECT_EQ(zero.dtype(), DataType::kInt8);
    EXPECT_EQ(zero.as<std::int8_t>()[0], 0);
    ++pairs;
  }
  EXPECT_EQ(pairs, 6);
}

TEST(Quantize, AnOldOpsetIsRaised) {
  graph::Network network = residual_network();
  network.opset_imports = {{"", 11}};
  EXPECT_EQ(quantized(network, normal_samples(4, {2, 5, 5})).network.opset(), 13);
}

TEST(Quantize, AQuantizedNetworkIsRefused) {
  const data::Dataset data = normal_samples(4, {2, 5, 5});
  const Quantized once = quantized(residual_network(), data);
  EXPECT_TRUE(graph::is_quantized(once.network));
  EXPECT_THAT(thrown_by([&] { quantized(once.network, data); }), HasSubstr("already quantized"));
}

TEST(Calibrate, RangesAreTheExtremesOverAllSamples) {
  const graph::Network network = residual_network();
  const data::Dataset data = normal_samples(37, {2, 5, 5});
  const Ranges ranges = calibrated(network, naive_factory(), data, {.batch_size = 8});
  const auto batch = data.batch(data.indices);
  const std::vector<float> samples = to_float32(batch.inputs[0].second);
  EXPECT_EQ(ranges.at("x").low, *std::ranges::min_element(samples));
  EXPECT_EQ(ranges.at("x").high, *std::ranges::max_element(samples));
  const auto all = testing::run_naively(
      network, {{"x", {batch.inputs[0].second.shape(), {samples.begin(), samples.end()}}}});
  for (const std::string name : {"r1", "n2", "r2", "pooled"}) {
    const auto& values = all.at(name).values;
    EXPECT_NEAR(ranges.at(name).high, *std::ranges::max_element(values), 1e-4) << name;
    EXPECT_NEAR(ranges.at(name).low, std::min(0.0, *std::ranges::min_element(values)), 1e-4);
  }
  EXPECT_FALSE(ranges.contains("g"));  // nobody reads it on integers
}

TEST(Calibrate, MemoryHoldsOneBatchHoweverManySamples) {
  for (const std::int64_t samples : {16, 160}) {
    std::vector<std::int64_t> batches;
    observe(residual_network(), naive_factory(&batches), normal_samples(200, {2, 5, 5}),
            {.samples = samples, .batch_size = 16}, {});
    EXPECT_EQ(batches.size(), static_cast<std::size_t>(samples / 16));
    EXPECT_EQ(std::ranges::max(batches), 16);
  }
}

TEST(Calibrate, AFixedBatchIsFilledWithSamples) {
  std::vector<std::int64_t> batches;
  graph::Network network = residual_network(4);
  const data::Dataset data = normal_samples(6, {2, 5, 5});
  const Ranges fixed = calibrated(network, naive_factory(&batches), data);
  EXPECT_EQ(batches, (std::vector<std::int64_t>{4, 4}));
  const Ranges open = calibrated(residual_network(), naive_factory(), data);
  for (const auto& [name, range] : open) {
    EXPECT_EQ(range.low, fixed.at(name).low) << name;
    EXPECT_EQ(range.high, fixed.at(name).high) << name;
  }
}

TEST(Calibrate, ValuesThatAreNoNumbersAreNamed) {
  NetworkBuilder b({-1, 3}, 1);
  b.node("Mul", "huge", {"x", b.constant("c", Tensor::scalar(3e38F))});
  b.gemm("g", b.node("Mul", "infinite", {"huge", "huge"}), 3, 2);
  const graph::Network network = b.finish("g", {-1, 2});
  EXPECT_THAT(thrown_by([&] { observe(network, naive_factory(), normal_samples(4, {3}), {}, {}); }),
              HasSubstr("value 'infinite': takes values that are NaN or infinite"));
}

TEST(Calibrate, NoSamplesAreRefused) {
  data::Dataset data = normal_samples(4, {2, 5, 5});
  data.indices.clear();
  EXPECT_THAT(thrown_by([&] { calibrated(residual_network(), naive_factory(), data); }),
              HasSubstr("no samples"));
}

TEST(Quantize, WithFloatingWeightsTheNetworkComputesWhatTheIntegersWould) {
  const data::Dataset data = normal_samples(30, {2, 5, 5});
  const graph::Network network = residual_network();
  const std::vector<float> integers = naive_outputs(quantized(network, data).network, data);
  const Quantized rounded = quantized(network, data, {.floating_weights = true});
  // Biases, which stay as they are, are finer than what they are added to.
  EXPECT_LT(worst(naive_outputs(rounded.network, data), integers), 0.01);
  for (const graph::Weight& weight : graph::find_weights(rounded.network)) {
    EXPECT_EQ(weight.value.dtype(), DataType::kFloat32) << weight.id.tensor;
    EXPECT_TRUE(weight.prunable || weight.role != graph::WeightRole::kKernel) << weight.why_not;
  }
}

}  // namespace
}  // namespace gcompress::quantize

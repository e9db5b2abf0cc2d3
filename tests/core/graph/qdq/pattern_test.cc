// Writing quantize/dequantize patterns, and finding them.
#include "gcompress/core/graph/qdq/pattern.h"

#include <gtest/gtest.h>

#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/weights.h"
#include "tests/support/network_builder.h"

namespace gcompress::graph {
namespace {

using testing::NetworkBuilder;

Network two_gemms() {
  NetworkBuilder b({2, 3}, 1);
  b.gemm("g1", "x", 3, 4);
  b.node("Relu", "r", {"g1"});
  b.gemm("g2", "r", 4, 2);
  return b.finish("g2", {2, 2});
}

std::vector<std::string> operators_of(const Network& network) {
  std::vector<std::string> names;
  for (const Node& node : network.graph.nodes) names.push_back(node.op_type);
  return names;
}

QuantizedWeight weight_of(const Network& network, const std::string& name) {
  return quantize_weight(network.graph.initializer(name)->value, 0, kWeightLevels);
}

TEST(QdqWriter, PutsPairsBehindValuesAndWeightsBehindDequantizeLinear) {
  const Network network = two_gemms();
  EXPECT_FALSE(is_quantized(network));
  QdqWriter writer(network);
  writer.quantize_value("x", {.scale = 0.5F, .zero_point = 3});
  writer.quantize_value("r", {.scale = 0.25F, .zero_point = 0});
  writer.quantize_weight(0, 1, weight_of(network, "g1.weight"), 0);
  const Network result = writer.finish();
  EXPECT_TRUE(is_quantized(result));
  EXPECT_EQ(
      operators_of(result),
      (std::vector<std::string>{"QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Gemm",
                                "Relu", "QuantizeLinear", "DequantizeLinear", "Gemm"}));
  // The value behind the pair keeps the name.
  EXPECT_EQ(result.graph.nodes[6].outputs[0], "r");
  EXPECT_EQ(result.graph.nodes[7].inputs[0], "r");
  EXPECT_EQ(result.graph.initializer("g1.weight"), nullptr);
  EXPECT_NE(result.graph.initializer("g2.weight"), nullptr);
}

TEST(QdqWriter, ARoundedWeightStaysAFloatParameter) {
  const Network network = two_gemms();
  QdqWriter writer(network);
  writer.round_weight(0, 1, weight_of(network, "g1.weight").scales, 0);
  const Network result = writer.finish();
  EXPECT_EQ(operators_of(result), (std::vector<std::string>{"QuantizeLinear", "DequantizeLinear",
                                                            "Gemm", "Relu", "Gemm"}));
  EXPECT_EQ(attribute_int(result.graph.nodes[0], "axis", -1), 0);
  const std::vector<Weight> before = find_weights(network);
  const std::vector<Weight> after = find_weights(result);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_EQ(after[0].role, before[0].role);
  EXPECT_TRUE(after[0].prunable) << after[0].why_not;
  EXPECT_EQ(after[0].output_axis, before[0].output_axis);
}

TEST(QdqWriter, AnOutputKeepsItsName) {
  const Network network = two_gemms();
  QdqWriter writer(network);
  writer.quantize_value("g2", {.scale = 0.5F, .zero_point = 3});
  const Network result = writer.finish();
  EXPECT_EQ(result.graph.nodes.back().op_type, "DequantizeLinear");
  EXPECT_EQ(result.graph.nodes.back().outputs[0], "g2");
}

TEST(QdqWriter, ASharedWeightIsStoredOnce) {
  NetworkBuilder b({2, 3}, 1);
  const std::string w = b.floats("w", {3, 3});
  b.node("MatMul", "m1", {"x", w});
  b.node("MatMul", "m2", {"m1", w});
  const Network network = b.finish("m2", {2, 3});
  QdqWriter writer(network);
  const QuantizedWeight weight =
      quantize_weight(network.graph.initializer("w")->value, 1, kWeightLevels);
  writer.quantize_weight(0, 1, weight, 1);
  writer.quantize_weight(1, 1, weight, 1);
  const Network result = writer.finish();
  EXPECT_EQ(result.graph.initializers.size(), 3U);  // values, scales, zero points
  EXPECT_EQ(result.graph.nodes.size(), 4U);         // each use has a node of its own
  EXPECT_NE(result.graph.nodes[1].inputs[1], result.graph.nodes[3].inputs[1]);
}

TEST(QdqWriter, AConstantNodeThatNobodyReadsGoes) {
  NetworkBuilder b({2, 3}, 1);
  Network network = b.finish("m", {2, 3});
  const Tensor weight = Tensor::from<float>({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  network.graph.nodes = {make_node("Constant", "c", {}, {"w"}, {make_attribute("value", weight)}),
                         make_node("MatMul", "m", {"x", "w"}, {"m"})};
  QdqWriter writer(network);
  writer.quantize_weight(1, 1, quantize_weight(weight, 1, kWeightLevels), 1);
  EXPECT_EQ(operators_of(writer.finish()),
            (std::vector<std::string>{"DequantizeLinear", "MatMul"}));
}

TEST(QdqWriter, CountsAndCostsSeeThroughIt) {
  const Network network = two_gemms();
  QdqWriter writer(network);
  for (const std::size_t node : {0, 2}) {
    const std::string& name = network.graph.nodes[node].inputs[1];
    writer.quantize_weight(node, 1, weight_of(network, name), 0);
  }
  const Network result = writer.finish();
  const NetworkCost before = cost(network, find_weights(network), infer_shapes(network));
  const NetworkCost after = cost(result, find_weights(result), infer_shapes(result));
  EXPECT_EQ(after.parameters, before.parameters);
  EXPECT_EQ(after.flops, before.flops);  // weights are dequantized once, if at all
  EXPECT_EQ(after.dense_bytes, before.dense_bytes - 3 * 20);  // 20 weights, a byte each
}

}  // namespace
}  // namespace gcompress::graph

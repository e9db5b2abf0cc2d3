// Reading quantized networks back as operators on codes.
#include "gcompress/core/graph/qdq/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/graph/qdq/pattern.h"
#include "tests/support/network_builder.h"

namespace gcompress::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::NetworkBuilder;

Network perceptron(const std::string& limit, std::vector<Attribute> attributes = {}) {
  NetworkBuilder b({-1, 3}, 1);
  b.gemm("g1", "x", 3, 4);
  if (limit == "Clip") {
    b.node("Clip", "r", {"g1", b.floats("low", {}, 0, -1), b.floats("high", {}, 0, 6)});
  } else {
    b.node(limit, "r", {"g1"}, std::move(attributes));
  }
  b.gemm("y", "r", 4, 2);
  return b.finish("y", {-1, 2});
}

Network quantized(const Network& network, bool weights = true) {
  QdqWriter writer(network);
  writer.quantize_value("x", {.scale = 0.5F, .zero_point = 3});
  writer.quantize_value("r", {.scale = 0.25F, .zero_point = 10});
  for (const std::size_t node : {std::size_t{0}, std::size_t{2}}) {
    const std::string& name = network.graph.nodes[node].inputs[1];
    if (!weights) continue;
    writer.quantize_weight(
        node, 1, quantize_weight(network.graph.initializer(name)->value, 0, kWeightLevels), 0);
    const std::int64_t outputs = network.graph.initializer(name)->value.shape()[0];
    writer.quantize_bias(node, 2, Tensor::zeros(DataType::kInt32, {outputs}),
                         std::vector<float>(static_cast<std::size_t>(outputs), 0.01F));
  }
  return writer.finish();
}

CodeNetwork read(const Network& network) {
  return read_codes(network,
                    [](const Node& node, const CodeStep&) { return node.op_type == "Gemm"; });
}

TEST(QdqReader, SeesLayersBetweenCodesAndTheirStoredWeights) {
  const Network network = quantized(perceptron("Relu"));
  const CodeNetwork found = read(network);
  EXPECT_THAT(found.others, IsEmpty());
  ASSERT_EQ(found.steps.size(), 3U);
  EXPECT_EQ(found.steps[0].kind, CodeStep::Kind::kQuantize);
  EXPECT_THAT(found.steps[0].inputs, ElementsAre("x"));
  const CodeStep& layer = found.steps[1];
  EXPECT_EQ(network.graph.nodes[layer.node].op_type, "Gemm");
  EXPECT_THAT(layer.inputs, ElementsAre(found.steps[0].output));
  EXPECT_TRUE(layer.gives_codes);
  EXPECT_EQ(layer.weight->values.dtype(), DataType::kInt8);
  EXPECT_EQ(layer.weight->axis, 0);
  EXPECT_EQ(layer.bias->values.dtype(), DataType::kInt32);
  EXPECT_FALSE(found.steps[2].gives_codes);
  EXPECT_EQ(found.steps[2].output, "y");
  EXPECT_EQ(found.codes.at(found.steps[0].output), (CodeType{.scale = 0.5F, .zero_point = 3}));
  EXPECT_EQ(found.codes.at(layer.output), (CodeType{.scale = 0.25F, .zero_point = 10}));
}

TEST(QdqReader, ARectifierAndAClipBecomeLimitsOfTheCodes) {
  const CodeStep relu = read(quantized(perceptron("Relu"))).steps[1];
  EXPECT_EQ(relu.low, 10);  // the code of 0
  EXPECT_EQ(relu.high, 255);
  const CodeStep clip = read(quantized(perceptron("Clip"))).steps[1];
  EXPECT_EQ(clip.low, 6);    // of -1
  EXPECT_EQ(clip.high, 34);  // of 6
}

std::vector<std::string> others_of(const Network& network) {
  std::vector<std::string> operators;
  for (const std::size_t node : read(network).others) {
    operators.push_back(network.graph.nodes[node].op_type);
  }
  return operators;
}

TEST(QdqReader, AnOperatorInBetweenReadsSumsAndIsRoundedIntoCodes) {
  const Network network = quantized(perceptron("Sigmoid"));
  const CodeNetwork found = read(network);
  EXPECT_THAT(others_of(network), ElementsAre("Sigmoid"));
  ASSERT_EQ(found.steps.size(), 4U);
  EXPECT_EQ(found.steps[1].output, "g1");
  EXPECT_FALSE(found.steps[1].gives_codes);
  EXPECT_EQ(found.steps[2].kind, CodeStep::Kind::kQuantize);
  EXPECT_TRUE(found.any_operators());
}

TEST(QdqReader, AFloatNetworkHasOthersOnly) {
  EXPECT_THAT(others_of(perceptron("Relu")), ElementsAre("Gemm", "Relu", "Gemm"));
  EXPECT_FALSE(read(perceptron("Relu")).any_operators());
}

TEST(QdqReader, NumbersThatOthersReadAreNoCodes) {
  Network network = perceptron("Relu");
  network.graph.outputs.push_back(make_value("g1", DataType::kFloat32, {-1, 4}));
  const Network both = quantized(network);
  EXPECT_THAT(others_of(both), ElementsAre("Relu"));
  EXPECT_FALSE(read(both).steps[1].gives_codes);
}

TEST(QdqReader, CodesThatOnlyOthersReadStayPairsOfNodes) {
  NetworkBuilder b({-1, 3}, 1);
  b.node("Sigmoid", "s", {"x"});
  b.node("Tanh", "y", {"s"});
  const Network floats = b.finish("y", {-1, 3});
  QdqWriter writer(floats);
  writer.quantize_value("s", {.scale = 0.5F, .zero_point = 3});
  const Network network = writer.finish();
  EXPECT_THAT(others_of(network),
              ElementsAre("Sigmoid", "QuantizeLinear", "DequantizeLinear", "Tanh"));
  EXPECT_THAT(read(network).steps, IsEmpty());
}

}  // namespace
}  // namespace gcompress::graph

// Reading quantized networks back as operators on codes.
#include "gcompress/core/graph/qdq/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/graph/qdq/pattern.h"
#include "tests/support/network_builder.h"

namespace gcompress::graph {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
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

TEST(QdqReader, SeesLayersBetweenCodesAndTheirStoredWeights) {
  const Network network = quantized(perceptron("Relu"));
  const CodeNetwork read = read_codes(network);
  EXPECT_THAT(read.others, IsEmpty());
  ASSERT_EQ(read.steps.size(), 3U);
  EXPECT_EQ(read.steps[0].kind, CodeStep::Kind::kQuantize);
  EXPECT_THAT(read.steps[0].inputs, ElementsAre("x"));
  const CodeStep& layer = read.steps[1];
  EXPECT_EQ(network.graph.nodes[layer.node].op_type, "Gemm");
  EXPECT_THAT(layer.inputs, ElementsAre(read.steps[0].output));
  EXPECT_TRUE(layer.gives_codes);
  EXPECT_EQ(layer.weight->values.dtype(), DataType::kInt8);
  EXPECT_EQ(layer.weight->axis, 0);
  EXPECT_EQ(layer.bias->values.dtype(), DataType::kInt32);
  EXPECT_FALSE(read.steps[2].gives_codes);
  EXPECT_EQ(read.steps[2].output, "y");
  EXPECT_EQ(read.codes.at(read.steps[0].output), (CodeType{.scale = 0.5F, .zero_point = 3}));
  EXPECT_EQ(read.codes.at(layer.output), (CodeType{.scale = 0.25F, .zero_point = 10}));
}

TEST(QdqReader, ARectifierAndAClipBecomeLimitsOfTheCodes) {
  const CodeStep relu = read_codes(quantized(perceptron("Relu"))).steps[1];
  EXPECT_EQ(relu.low, 10);  // the code of 0
  EXPECT_EQ(relu.high, 255);
  const CodeStep clip = read_codes(quantized(perceptron("Clip"))).steps[1];
  EXPECT_EQ(clip.low, 6);    // of -1
  EXPECT_EQ(clip.high, 34);  // of 6
}

TEST(QdqReader, NamesWhatIsComputedOnNumbers) {
  const CodeNetwork sigmoid = read_codes(quantized(perceptron("Sigmoid")));
  EXPECT_THAT(sigmoid.others, Contains(HasSubstr("r: reads 'g1'")));
  const CodeNetwork weights = read_codes(quantized(perceptron("Relu"), false));
  for (const CodeStep& step : weights.steps) EXPECT_FALSE(step.weight);
  EXPECT_THAT(read_codes(perceptron("Relu")).others, Not(IsEmpty()));
}

TEST(QdqReader, NumbersThatOthersReadAreNoCodes) {
  Network network = perceptron("Relu");
  network.graph.outputs.push_back(make_value("g1", DataType::kFloat32, {-1, 4}));
  EXPECT_THAT(read_codes(quantized(network)).others, Not(IsEmpty()));
}

}  // namespace
}  // namespace gcompress::graph

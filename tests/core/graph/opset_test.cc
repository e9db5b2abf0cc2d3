// Raising opsets: what each rule writes, and that the network still says the same.
#include "gcompress/core/graph/opset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/graph/small_networks.h"
#include "tests/support/naive_runner.h"
#include "tests/support/scratch.h"

namespace gcompress::graph {
namespace {

using ::testing::HasSubstr;
using testing::thrown_by;

std::vector<std::int64_t> ints_at(const Network& network, std::size_t node, std::size_t input) {
  return to_int64(network.graph.initializer(network.graph.nodes.at(node).inputs.at(input))->value);
}

std::vector<double> outputs_of(const Network& network, const Shape& shape) {
  testing::NaiveTensor x{shape,
                         std::vector<double>(static_cast<std::size_t>(element_count(shape)))};
  RandomStream random(2, "x");
  for (double& value : x.values) value = random.normal();
  return testing::run_naively(network, {{"x", x}}).at("y").values;
}

Network one_node(const std::string& op_type, std::vector<Attribute> attributes, std::int64_t opset,
                 const Shape& input = {2, 3, 4}) {
  return make_network(input, {make_node(op_type, "n", {"x"}, {"y"}, std::move(attributes))}, {},
                      opset);
}

TEST(RaiseOpset, ANewerNetworkStays) {
  const Network network = raise_to_quantizing_opset(one_node("Relu", {}, 17));
  EXPECT_EQ(network.opset(), 17);
}

TEST(RaiseOpset, VersionsRise) {
  Network network = one_node("Relu", {}, 11);
  network.ir_version = 3;
  network = raise_to_quantizing_opset(network);
  EXPECT_EQ(network.opset(), 13);
  EXPECT_EQ(network.ir_version, 7);
}

TEST(RaiseOpset, AxesAndSplitsBecomeInputs) {
  for (const char* op : {"Squeeze", "Unsqueeze", "ReduceSum"}) {
    const Network network =
        raise_to_quantizing_opset(one_node(op, {ints_attribute("axes", {1})}, 11, {2, 1, 4}));
    EXPECT_TRUE(network.graph.nodes[0].attributes.empty());
    EXPECT_EQ(ints_at(network, 0, 1), (std::vector<std::int64_t>{1})) << op;
  }
  const Node parts = make_node("Split", "n", {"x"}, {"z", "y"},
                               {ints_attribute("split", {1, 2}), int_attribute("axis", 1)});
  const Network split = raise_to_quantizing_opset(make_network({2, 3, 4}, {parts}, {}, 12));
  EXPECT_EQ(ints_at(split, 0, 1), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(attribute_int(split.graph.nodes[0], "axis", 0), 1);
}

TEST(RaiseOpset, ReduceSumOverAllAxesHasNone) {
  const Network network = raise_to_quantizing_opset(one_node("ReduceSum", {}, 11));
  EXPECT_EQ(network.graph.nodes[0].inputs.size(), 1U);
}

TEST(RaiseOpset, ClipKeepsItsBounds) {
  const Network network =
      raise_to_quantizing_opset(one_node("Clip", {make_attribute("max", 0.5F)}, 9));
  EXPECT_EQ(network.graph.nodes[0].inputs.at(1), "");
  for (const double value : outputs_of(network, {2, 3, 4})) EXPECT_LE(value, 0.5);
}

TEST(RaiseOpset, SliceAndPadKeepTheirNumbers) {
  const Network slice = raise_to_quantizing_opset(one_node(
      "Slice",
      {ints_attribute("starts", {1}), ints_attribute("ends", {3}), ints_attribute("axes", {2})},
      9));
  EXPECT_EQ(ints_at(slice, 0, 1), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(ints_at(slice, 0, 2), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(ints_at(slice, 0, 3), (std::vector<std::int64_t>{2}));
  const Network pad = raise_to_quantizing_opset(one_node(
      "Pad", {ints_attribute("pads", {0, 0, 1, 0, 0, 2}), make_attribute("value", 7.0F)}, 10));
  EXPECT_EQ(ints_at(pad, 0, 1), (std::vector<std::int64_t>{0, 0, 1, 0, 0, 2}));
  EXPECT_EQ(outputs_of(pad, {2, 3, 4}).front(), 7);
}

TEST(RaiseOpset, SoftmaxOverTheLastAxisOnlyStatesIt) {
  for (const std::int64_t axis : {2, -1}) {
    const Network network =
        raise_to_quantizing_opset(one_node("Softmax", {int_attribute("axis", axis)}, 11));
    EXPECT_EQ(network.graph.nodes.size(), 1U);
    EXPECT_EQ(attribute_int(network.graph.nodes[0], "axis", 0), axis);
  }
}

TEST(RaiseOpset, SoftmaxOverSeveralAxesFlattensThem) {
  const Network network = raise_to_quantizing_opset(one_node("Softmax", {}, 11));  // axis 1
  ASSERT_EQ(network.graph.nodes.size(), 4U);
  EXPECT_EQ(network.graph.nodes[1].op_type, "Flatten");
  EXPECT_EQ(network.graph.nodes[2].op_type, "Softmax");
  EXPECT_EQ(network.graph.nodes[3].outputs[0], "y");
}

TEST(RaiseOpset, UpsampleBecomesResizeWithItsCoordinates) {
  const Network network = raise_to_quantizing_opset(
      one_node("Upsample", {make_attribute("scales", std::vector<float>{1, 1, 2})}, 8));
  const Node& node = network.graph.nodes[0];
  EXPECT_EQ(node.op_type, "Resize");
  EXPECT_EQ(node.inputs.size(), 3U);
  EXPECT_EQ(attribute_string(node, "coordinate_transformation_mode", ""), "asymmetric");
  EXPECT_EQ(attribute_string(node, "nearest_mode", ""), "floor");
}

TEST(RaiseOpset, NodesOfBranchesAreRaised) {
  Network inner = one_node("Unsqueeze", {ints_attribute("axes", {0})}, 11);
  Node branch = make_node("If", "if", {"condition"}, {"y"});
  for (const char* name : {"then_branch", "else_branch"}) {
    Graph graph = inner.graph;
    graph.inputs.clear();
    branch.attributes.push_back(
        make_attribute(name, std::make_shared<const Graph>(std::move(graph))));
  }
  Network network = make_network({2, 3}, {branch}, {}, 11);
  network.graph.initializers.push_back(
      weight("condition", Tensor(DataType::kBool, {}, Bytes::own(std::vector<std::uint8_t>{1}))));
  network = raise_to_quantizing_opset(network);
  const auto& graph = *std::get<GraphPtr>(network.graph.nodes[0].attributes[0].data);
  EXPECT_EQ(graph.nodes[0].inputs.size(), 2U);
  EXPECT_EQ(graph.initializers.size(), 1U);
}

TEST(RaiseOpset, WhatCannotBeRaisedIsNamedAllAtOnce) {
  Network network = make_network({2, 3, 4},
                                 {make_node("Scan", "s", {"x"}, {"m"}),
                                  make_node("BatchNormalization", "b", {"m", "a", "b", "c", "d"},
                                            {"y"}, {int_attribute("spatial", 0)})},
                                 {random_weight("a", {3}), random_weight("b", {3}),
                                  random_weight("c", {3}), random_weight("d", {3})},
                                 8);
  const std::string told = thrown_by([&] { raise_to_quantizing_opset(network); });
  EXPECT_THAT(told, HasSubstr("BatchNormalization"));
  EXPECT_THAT(told, HasSubstr("Scan"));
  EXPECT_THAT(thrown_by([] { raise_to_quantizing_opset(one_node("Add", {}, 6)); }),
              HasSubstr("Add"));
}

}  // namespace
}  // namespace gcompress::graph

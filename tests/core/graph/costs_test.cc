#include "gcompress/core/graph/costs.h"

#include <gmock/gmock.h>

#include "gcompress/core/graph/layers.h"
#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

NetworkCost cost_of(const Network& network) {
  return cost(network, find_weights(network), infer_shapes(network));
}

// As many ones as asked for, then zeros.
Initializer partly_zero(const std::string& name, const Shape& shape, std::size_t ones) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 0.0F);
  for (std::size_t i = 0; i < ones; ++i) values[i] = 1.5F;
  return weight(name, Tensor::from(shape, std::move(values)));
}

std::int64_t flops_by(const std::string& op, const Shape& input,
                      std::vector<Initializer> others = {},
                      std::vector<Attribute> attributes = {}) {
  std::vector<std::string> inputs = {"x"};
  for (const Initializer& other : others) inputs.push_back(other.name);
  return cost_of(make_network(input, {make_node(op, "node", inputs, {"y"}, std::move(attributes))},
                              std::move(others)))
      .nodes[0]
      .flops;
}

TEST(Costs, MultiplyAndAddCountAsTwo) {
  // 6 x 6 places, 4 outputs, 27 products each; then a bias.
  EXPECT_EQ(flops_by("Conv", {1, 3, 8, 8}, {random_weight("w", {4, 3, 3, 3})}), 2 * 36 * 4 * 27);
  EXPECT_EQ(
      flops_by("Conv", {1, 3, 8, 8}, {random_weight("w", {4, 3, 3, 3}), random_weight("b", {4})}),
      2 * 36 * 4 * 27 + 36 * 4);
  EXPECT_EQ(
      flops_by("Conv", {2, 4, 8}, {random_weight("w", {4, 1, 3})}, {int_attribute("group", 4)}),
      2 * 2 * 6 * 4 * 3);
  EXPECT_EQ(flops_by("ConvTranspose", {1, 3, 5}, {random_weight("w", {3, 4, 2})}),
            2 * 5 * 3 * 4 * 2);
  EXPECT_EQ(flops_by("Gemm", {5, 3}, {random_weight("w", {3, 4})}), 2 * 5 * 3 * 4);
  EXPECT_EQ(flops_by("MatMul", {2, 5, 3}, {random_weight("w", {3, 4})}), 2 * 2 * 5 * 3 * 4);
  EXPECT_EQ(flops_by("Einsum", {2, 5, 3}, {random_weight("w", {3, 4})},
                     {make_attribute("equation", std::string("btd,dk->btk"))}),
            2 * 2 * 5 * 3 * 4);
  // 6 steps, 2 samples, 3 gates of 4 units: 5 + 4 products and 5 more operations.
  EXPECT_EQ(flops_by("GRU", {6, 2, 5},
                     {random_weight("w", {1, 12, 5}), random_weight("r", {1, 12, 4}),
                      random_weight("b", {1, 24})}),
            6 * 2 * 12 * (2 * 9 + 5));
}

TEST(Costs, ElementwiseWorkCountsAndMovementIsFree) {
  EXPECT_EQ(flops_by("Relu", {2, 3}), 6);
  EXPECT_EQ(flops_by("Softmax", {2, 3}), 30);
  EXPECT_EQ(flops_by("GlobalAveragePool", {1, 2, 4, 4}), 32);
  EXPECT_EQ(flops_by("MaxPool", {1, 1, 4, 4}, {}, {ints_attribute("kernel_shape", {2, 2})}), 36);
  EXPECT_EQ(flops_by("Transpose", {2, 3}), 0);
}

TEST(Costs, ZerosLeaveOutTheirProducts) {
  const Network network = make_network(
      {1, 3, 8, 8},
      {make_node("Conv", "conv", {"x", "w", "b"}, {"h"}), make_node("Relu", "relu", {"h"}, {"y"})},
      {partly_zero("w", {4, 3, 3, 3}, 27), partly_zero("b", {4}, 1)});
  const NetworkCost found = cost_of(network);
  EXPECT_EQ(found.parameters, 112);
  EXPECT_EQ(found.nonzero_parameters, 28);
  EXPECT_EQ(found.dense_bytes, 448);
  EXPECT_EQ(found.nodes[0].nonzero_flops, 2 * 36 * 27 + 36 * 4);
  EXPECT_EQ(found.flops, 2 * 36 * 108 + 36 * 4 * 2);
  EXPECT_EQ(found.nonzero_flops, 2 * 36 * 27 + 36 * 4 * 2);
}

TEST(Costs, TiedWeightsCountOnceButWorkTwice) {
  const Network network = make_network(
      {2, 4},
      {make_node("MatMul", "a", {"x", "w"}, {"h"}), make_node("MatMul", "b", {"h", "w"}, {"y"})},
      {partly_zero("w", {4, 4}, 4)});
  const NetworkCost found = cost_of(network);
  EXPECT_EQ(found.parameters, 16);
  EXPECT_EQ(found.nodes[0].parameters, 16);
  EXPECT_EQ(found.nodes[1].parameters, 0);
  EXPECT_EQ(found.flops, 2 * 2 * 32);
  EXPECT_EQ(found.nonzero_flops, 2 * 2 * 8);
}

TEST(Costs, UnknownOperatorsAndShapesAreListed) {
  Node mystery = make_node("Mystery", "m", {"x"}, {"h"});
  mystery.domain = "elsewhere";
  const NetworkCost found =
      cost_of(make_network({2, 4}, {mystery, make_node("Relu", "r", {"h"}, {"y"})}));
  EXPECT_THAT(found.flops_unknown, ElementsAre("Mystery", "Relu"));
  EXPECT_EQ(found.nodes[0].flops, -1);
  EXPECT_EQ(found.flops, 0);
}

TEST(Costs, SubgraphsCountForTheNodeThatHoldsThem) {
  auto dear = std::make_shared<Graph>();
  dear->nodes = {make_node("MatMul", "inner", {"x", "w"}, {"a"})};
  dear->initializers = {random_weight("w", {4, 4})};
  dear->outputs = {make_value("a", DataType::kFloat32, {2, 4})};
  auto cheap = std::make_shared<Graph>();
  cheap->nodes = {make_node("Relu", "inner", {"x"}, {"b"})};
  cheap->outputs = {make_value("b", DataType::kFloat32, {2, 4})};
  const Network network =
      make_network({2, 4}, {make_node("If", "if", {"condition"}, {"y"},
                                      {make_attribute("then_branch", GraphPtr(dear)),
                                       make_attribute("else_branch", GraphPtr(cheap))})});
  const NetworkCost found = cost_of(network);
  EXPECT_EQ(found.nodes[0].parameters, 16);
  EXPECT_EQ(found.nodes[0].flops, 2 * 2 * 16);
  EXPECT_THAT(found.flops_unknown, IsEmpty());
}

TEST(Costs, ImpossibleSizesAreUnknownRatherThanWrong) {
  const std::int64_t large = std::int64_t{1} << 35;
  EXPECT_EQ(flops_by("Relu", {large, large}), -1);
}

TEST(Layers, SayWhatCanBePrunedAndWhyNot) {
  const Network network = make_network(
      {1, 3, 8, 8},
      {make_node("Conv", "conv", {"x", "w", "b"}, {"h"}),
       make_node("BatchNormalization", "norm", {"h", "s", "t", "m", "v"}, {"n"}),
       make_node("Relu", "relu", {"n"}, {"r"}), make_node("Flatten", "flat", {"r"}, {"y"})},
      {partly_zero("w", {4, 3, 3, 3}, 54), random_weight("b", {4}), random_weight("s", {4}),
       random_weight("t", {4}), random_weight("m", {4}), random_weight("v", {4})});
  const LayerTable table = layer_table(network, find_weights(network), infer_shapes(network));
  ASSERT_EQ(table.layers.size(), 3U);
  EXPECT_EQ(table.layers[0].name, "conv");
  EXPECT_EQ(table.layers[0].output_shape, "[1, 4, 6, 6]");
  EXPECT_EQ(table.layers[0].parameters, 112);
  EXPECT_EQ(table.layers[0].prunable_parameters, 108);
  EXPECT_DOUBLE_EQ(table.layers[0].density(), 58.0 / 112);
  EXPECT_EQ(table.layers[0].why_not, "");
  EXPECT_EQ(table.layers[1].why_not, "a scale");
  EXPECT_EQ(table.layers[2].why_not, "no weights");
  EXPECT_EQ(table.prunable_parameters, 108);
  EXPECT_EQ(table.cost.parameters, 120);
}

}  // namespace
}  // namespace gcompress::graph

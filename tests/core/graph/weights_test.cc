#include "gcompress/core/graph/weights.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names(const Network& network) {
  std::vector<std::string> found;
  for (const Weight& weight : find_weights(network)) found.push_back(to_string(weight.id));
  return found;
}

Weight only_weight(const Network& network) {
  const auto weights = find_weights(network);
  EXPECT_EQ(weights.size(), 1U);
  return weights.empty() ? Weight{} : weights.front();
}

Node conv(const std::string& in, const std::string& kernel, const std::string& out) {
  return make_node("Conv", "conv_" + out, {in, kernel}, {out});
}

TEST(FindWeights, NamesRolesAndAxesOfAConvolution) {
  const Network network =
      make_network({1, 3, 8, 8}, {make_node("Conv", "conv", {"x", "k", "b"}, {"y"})},
                   {random_weight("k", {4, 3, 3, 3}), random_weight("b", {4})});
  const auto weights = find_weights(network);
  ASSERT_EQ(weights.size(), 2U);
  EXPECT_EQ(weights[0].role, WeightRole::kKernel);
  EXPECT_EQ(weights[0].layer, "conv");
  EXPECT_EQ(weights[0].op_type, "Conv");
  EXPECT_EQ(weights[0].output_axis, 0);
  EXPECT_EQ(weights[0].input_axis, 1);
  EXPECT_TRUE(weights[0].prunable);
  EXPECT_TRUE(weights[0].uses[0].direct);
  EXPECT_EQ(weights[1].role, WeightRole::kBias);
  EXPECT_FALSE(weights[1].prunable);
  EXPECT_EQ(weights[1].why_not, "a bias");
}

TEST(FindWeights, GemmAxesFollowTransB) {
  for (const bool transposed : {false, true}) {
    const Network network = make_network(
        {1, 5},
        {make_node("Gemm", "fc", {"x", "w"}, {"y"}, {int_attribute("transB", transposed ? 1 : 0)})},
        {random_weight("w", {5, 5})});
    EXPECT_EQ(only_weight(network).output_axis, transposed ? 0 : 1);
    EXPECT_EQ(only_weight(network).input_axis, transposed ? 1 : 0);
  }
}

TEST(FindWeights, BatchNormStatisticsAreNoParameters) {
  const Network network = make_network(
      {1, 4, 2, 2},
      {make_node("BatchNormalization", "bn", {"x", "scale", "shift", "mean", "variance"}, {"y"})},
      {random_weight("scale", {4}), random_weight("shift", {4}), random_weight("mean", {4}),
       random_weight("variance", {4})});
  EXPECT_THAT(names(network), ElementsAre("scale", "shift"));
}

TEST(FindWeights, RecurrentStatesAreNoParameters) {
  const Network network =
      make_network({3, 1, 2}, {make_node("LSTM", "lstm", {"x", "W", "R", "B", "", "h0"}, {"y"})},
                   {random_weight("W", {1, 16, 2}), random_weight("R", {1, 16, 4}),
                    random_weight("B", {1, 32}), random_weight("h0", {1, 1, 4})});
  EXPECT_THAT(names(network), ElementsAre("W", "R", "B"));
  EXPECT_EQ(find_weights(network)[0].role, WeightRole::kRecurrent);
}

TEST(FindWeights, FindsConstantNodesOfEveryKind) {
  const Network network = make_network(
      {2, 3},
      {constant("w", make_attribute("value", random_weight("w", {3, 4}).value)),
       constant("b", make_attribute("value_floats", std::vector<float>{1, 2, 3, 4.3F})),
       make_node("MatMul", "fc", {"x", "w"}, {"h"}), make_node("Add", "bias", {"h", "b"}, {"y"})});
  EXPECT_THAT(names(network), ElementsAre("w", "b"));
}

TEST(FindWeights, FollowsTransposesAndMapsAxesBack) {
  const Network network = make_network(
      {2, 3},
      {make_node("Transpose", "t", {"w"}, {"wt"}), make_node("Identity", "i", {"wt"}, {"wi"}),
       make_node("MatMul", "fc", {"x", "wi"}, {"y"})},
      {random_weight("w", {4, 3})});
  const Weight found = only_weight(network);
  EXPECT_EQ(found.id, (WeightId{"", "w"}));
  EXPECT_EQ(found.output_axis, 0);
  EXPECT_EQ(found.input_axis, 1);
  EXPECT_FALSE(found.uses[0].direct);
}

TEST(FindWeights, ReshapesKeepAxesThatOnlyGainOnes) {
  const Network network = make_network({1, 3, 8},
                                       {make_node("Unsqueeze", "u", {"w", "axes"}, {"k"}),
                                        make_node("Conv", "conv", {"x", "k"}, {"y"})},
                                       {random_weight("w", {4, 3}), ints("axes", {2})});
  const Weight found = only_weight(network);
  EXPECT_EQ(found.output_axis, 0);
  EXPECT_EQ(found.input_axis, 1);
}

TEST(FindWeights, ReshapesThatMixAxesLoseThem) {
  const Network network = make_network({2, 6},
                                       {make_node("Reshape", "r", {"w", "shape"}, {"m"}),
                                        make_node("MatMul", "fc", {"x", "m"}, {"y"})},
                                       {random_weight("w", {3, 2, 4}), ints("shape", {6, 4})});
  EXPECT_EQ(only_weight(network).input_axis, -1);
}

TEST(FindWeights, TiedTensorsCountOnce) {
  const Network network =
      make_network({1, 5},
                   {make_node("Cast", "ids", {"x"}, {"i"}, {int_attribute("to", 7)}),
                    make_node("Gather", "embed", {"table", "i"}, {"e"}),
                    make_node("Transpose", "t", {"table"}, {"tt"}),
                    make_node("MatMul", "head", {"e", "tt"}, {"y"})},
                   {random_weight("table", {10, 6})});
  const Weight found = only_weight(network);
  EXPECT_EQ(found.role, WeightRole::kEmbedding);
  EXPECT_EQ(found.uses.size(), 2U);
  EXPECT_EQ(found.uses[1].input, 1U);
}

TEST(FindWeights, ABiasThatIsAMatrixElsewhereIsAMatrix) {
  const Network network = make_network(
      {4, 4},
      {make_node("MatMul", "first", {"x", "u"}, {"h"}), make_node("Add", "add", {"h", "w"}, {"a"}),
       make_node("MatMul", "second", {"a", "w"}, {"y"})},
      {random_weight("u", {4, 4}), random_weight("w", {4, 4})});
  const auto weights = find_weights(network);
  ASSERT_EQ(weights.size(), 2U);
  EXPECT_EQ(weights[1].role, WeightRole::kMatrix);
  EXPECT_EQ(weights[1].layer, "second");
  EXPECT_TRUE(weights[1].prunable);
}

TEST(FindWeights, LooksInSubgraphsAndThroughTheirWalls) {
  auto branch = std::make_shared<Graph>();
  branch->nodes = {make_node("MatMul", "inner", {"x", "own"}, {"h"}),
                   make_node("MatMul", "inner2", {"h", "outer"}, {"out"})};
  branch->initializers = {random_weight("own", {4, 4})};
  branch->outputs = {make_value("out", DataType::kFloat32, {1, 4})};
  const Network network =
      make_network({1, 4},
                   {make_node("If", "if", {"condition"}, {"y"},
                              {make_attribute("then_branch", GraphPtr(branch)),
                               make_attribute("else_branch", GraphPtr(branch))})},
                   {random_weight("outer", {4, 4})});
  EXPECT_THAT(names(network), ElementsAre("if.then_branch/own", "outer", "if.else_branch/own"));
  EXPECT_EQ(find_weights(network)[1].uses.size(), 2U);
}

TEST(FindWeights, SeesThroughTheGateOrderOfExportedLstms) {
  const Network network = make_network(
      {3, 1, 2},
      {make_node("Slice", "s1", {"w", "zero", "eight", "zero"}, {"first"}),
       make_node("Slice", "s2", {"w", "eight", "sixteen", "zero"}, {"second"}),
       make_node("Concat", "c", {"second", "first"}, {"reordered"}, {int_attribute("axis", 0)}),
       make_node("Unsqueeze", "u", {"reordered", "zero"}, {"W"}),
       make_node("LSTM", "lstm", {"x", "W", "R"}, {"y"})},
      {random_weight("w", {16, 2}), random_weight("R", {1, 16, 4}), ints("zero", {0}),
       ints("eight", {8}), ints("sixteen", {16})});
  EXPECT_THAT(names(network), ElementsAre("w", "R"));
}

TEST(FindWeights, NestedConcatsEndInTime) {
  std::vector<Node> nodes;
  std::string last = "w";
  for (int i = 0; i < 60; ++i) {
    const std::string next = "c" + std::to_string(i);
    nodes.push_back(make_node("Concat", next, {last, last}, {next}, {int_attribute("axis", 0)}));
    last = next;
  }
  nodes.push_back(make_node("MatMul", "fc", {"x", last}, {"y"}));
  EXPECT_LE(find_weights(make_network({1, 4}, nodes, {random_weight("w", {1, 4})})).size(), 1U);
}

// --- Arithmetic ------------------------------------------------------------------------------

std::vector<std::string> after_layer(const std::string& op, Initializer operand,
                                     bool constant_first = false) {
  const std::string name = operand.name;
  std::vector<std::string> inputs = {"h", name};
  if (constant_first) std::swap(inputs[0], inputs[1]);
  std::vector<std::string> found = names(
      make_network({1, 3, 8, 8}, {conv("x", "k", "h"), make_node(op, "arithmetic", inputs, {"y"})},
                   {random_weight("k", {4, 3, 3, 3}), std::move(operand)}));
  std::erase(found, "k");
  return found;
}

TEST(FindWeights, AddedAndMultipliedChannelsAfterALayerAreParameters) {
  EXPECT_THAT(after_layer("Add", random_weight("b", {4, 1, 1})), ElementsAre("b"));
  EXPECT_THAT(after_layer("Sub", random_weight("b", {1, 4, 1, 1})), ElementsAre("b"));
  EXPECT_THAT(after_layer("Mul", random_weight("s", {4, 1, 1})), ElementsAre("s"));
  EXPECT_THAT(after_layer("Div", random_weight("s", {4, 1, 1})), ElementsAre("s"));
  EXPECT_THAT(after_layer("Add", random_weight("positions", {4, 6, 6})), ElementsAre("positions"));
}

TEST(FindWeights, SingleNumbersAndTablesAreNoParameters) {
  EXPECT_THAT(after_layer("Add", weight("epsilon", Tensor::scalar(1e-5F))), IsEmpty());
  EXPECT_THAT(after_layer("Mul", weight("half", Tensor::from<float>({1, 1, 1}, {0.5F}))),
              IsEmpty());
  EXPECT_THAT(after_layer("Pow", weight("two", Tensor::scalar(2.0F))), IsEmpty());
  EXPECT_THAT(after_layer("Mul", random_weight("rotary", {6, 6})), IsEmpty());
  EXPECT_THAT(after_layer("Div", random_weight("numerator", {4, 1, 1}), true), IsEmpty());
}

TEST(FindWeights, MasksAndGridsAreNoParameters) {
  const float low = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(after_layer("Add", weight("mask", Tensor::from<float>({2, 1}, {0, low}))), IsEmpty());
  EXPECT_THAT(after_layer("Add", weight("mask", Tensor::from<float>({2, 1}, {0, -1e4F}))),
              IsEmpty());
  std::vector<float> grid;
  for (int i = 0; i < 36; ++i) grid.push_back(static_cast<float>(i % 6) + 0.5F);
  EXPECT_THAT(after_layer("Add", weight("grid", Tensor::from({6, 6}, grid))), IsEmpty());
}

TEST(FindWeights, TheBiasOfALoneChannelIsAParameter) {
  const Network network = make_network(
      {1, 3, 8, 8}, {conv("x", "k", "h"), make_node("Add", "add", {"h", "b"}, {"y"})},
      {random_weight("k", {1, 3, 3, 3}), weight("b", Tensor::from<float>({1}, {0.3F}))});
  EXPECT_THAT(names(network), ElementsAre("k", "b"));
}

TEST(FindWeights, ArithmeticBeforeTheFirstLayerIsPreprocessing) {
  const Network network =
      make_network({1, 3, 8, 8},
                   {make_node("Sub", "mean", {"x", "m"}, {"a"}),
                    make_node("Div", "deviation", {"a", "d"}, {"b"}), conv("b", "k", "y")},
                   {random_weight("m", {1, 3, 1, 1}), random_weight("d", {1, 3, 1, 1}),
                    random_weight("k", {4, 3, 3, 3})});
  EXPECT_THAT(names(network), ElementsAre("k"));
}

TEST(FindWeights, BoundsScalesAndIndicesAreNoParameters) {
  const Network network = make_network(
      {1, 3, 8, 8},
      {conv("x", "k", "h"), make_node("Clip", "clip", {"h", "low", "high"}, {"c"}),
       make_node("Resize", "resize", {"c", "", "scales"}, {"r"}),
       make_node("Gather", "pick", {"r", "indices"}, {"y"}, {int_attribute("axis", 1)})},
      {random_weight("k", {4, 3, 3, 3}), weight("low", Tensor::scalar(0.0F)),
       weight("high", Tensor::scalar(6.0F)),
       weight("scales", Tensor::from<float>({4}, {1, 1, 2, 2})), ints("indices", {0, 2})});
  EXPECT_THAT(names(network), ElementsAre("k"));
}

// --- Quantized, fused, functions ---------------------------------------------------------------

TEST(FindWeights, QuantizedWeightsAreFoundButNotPrunable) {
  const Tensor kernel(DataType::kInt8, {4, 3, 3, 3}, Bytes::own(std::vector<std::int8_t>(108, 3)));
  const Network network = make_network(
      {1, 3, 8, 8},
      {make_node("DequantizeLinear", "dq", {"k", "scale"}, {"kf"}), conv("x", "kf", "y")},
      {weight("k", kernel), weight("scale", Tensor::scalar(0.1F))}, 13);
  const Weight found = only_weight(network);
  EXPECT_EQ(found.role, WeightRole::kKernel);
  EXPECT_FALSE(found.prunable);
  EXPECT_EQ(found.why_not, "quantized: int8");
}

TEST(FindWeights, WeightsQuantizedInTheGraphStayPrunable) {
  const Network network = make_network(
      {1, 3, 8, 8},
      {make_node("QuantizeLinear", "q", {"k", "scale"}, {"kq"}),
       make_node("DequantizeLinear", "dq", {"kq", "scale"}, {"kf"}), conv("x", "kf", "y")},
      {random_weight("k", {4, 3, 3, 3}), weight("scale", Tensor::scalar(0.1F))}, 13);
  EXPECT_TRUE(only_weight(network).prunable);
}

TEST(FindWeights, KnowsFusedOperators) {
  Node fused = make_node("FusedMatMul", "fused", {"x", "w"}, {"y"}, {int_attribute("transB", 1)});
  fused.domain = "com.microsoft";
  const Weight found = only_weight(make_network({2, 3}, {fused}, {random_weight("w", {4, 3})}));
  EXPECT_EQ(found.output_axis, 0);
}

TEST(FindWeights, LooksIntoModelLocalFunctions) {
  Node call = make_node("Dense", "call", {"x", "w"}, {"y"});
  call.domain = "local";
  Network network = make_network({2, 3}, {call}, {random_weight("w", {3, 4})});
  network.functions.push_back({.domain = "local",
                               .name = "Dense",
                               .overload = {},
                               .inputs = {"a", "b"},
                               .outputs = {"c"},
                               .attribute_names = {},
                               .attribute_defaults = {},
                               .nodes = {make_node("MatMul", "m", {"a", "b"}, {"c"})},
                               .opset_imports = {},
                               .opaque = {}});
  EXPECT_EQ(only_weight(network).role, WeightRole::kMatrix);
}

// --- Errors ------------------------------------------------------------------------------------

TEST(FindWeights, NamesTheNodeAndValueOfNonFiniteWeights) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(108, 0.5F);
    values.back() = bad;
    const Network network = make_network({1, 3, 8, 8}, {conv("x", "k", "y")},
                                         {weight("k", Tensor::from({4, 3, 3, 3}, values))});
    try {
      find_weights(network);
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_EQ(error.place().node, "conv_y");
      EXPECT_EQ(error.place().value, "k");
    }
  }
}

TEST(FindWeights, UnusedTensorsAreNoParameters) {
  EXPECT_THAT(names(make_network({1}, {make_node("Relu", "r", {"x"}, {"y"})},
                                 {random_weight("lost", {3, 3})})),
              IsEmpty());
}

// --- with_weights ------------------------------------------------------------------------------

TEST(WithWeights, ReplacesInitializersConstantsAndSubgraphsAndLeavesTheOriginal) {
  auto branch = std::make_shared<Graph>();
  branch->nodes = {make_node("MatMul", "inner", {"x", "own"}, {"out"})};
  branch->initializers = {random_weight("own", {2, 2})};
  branch->outputs = {make_value("out", DataType::kFloat32, {1, 2})};
  const Network network = make_network(
      {1, 2},
      {constant("c", make_attribute("value_floats", std::vector<float>{1, 2})),
       make_node("MatMul", "fc", {"x", "w"}, {"h"}), make_node("Add", "add", {"h", "c"}, {"a"}),
       make_node("If", "if", {"condition"}, {"y"},
                 {make_attribute("then_branch", GraphPtr(branch))})},
      {random_weight("w", {2, 2})});
  const Tensor zero = Tensor::zeros(DataType::kFloat32, {2, 2});
  const Network changed = with_weights(network, {{{"", "w"}, zero},
                                                 {{"", "c"}, Tensor::from<float>({2}, {5, 6})},
                                                 {{"if.then_branch/", "own"}, zero}});
  for (const Weight& found : find_weights(changed)) {
    EXPECT_TRUE(
        identical(found.value, found.id.tensor == "c" ? Tensor::from<float>({2}, {5, 6}) : zero))
        << to_string(found.id);
  }
  EXPECT_FALSE(identical(network.graph.initializers[0].value, zero));
  EXPECT_FALSE(identical(branch->initializers[0].value, zero));
  EXPECT_TRUE(
      std::holds_alternative<std::vector<float>>(changed.graph.nodes[0].attributes[0].data));
}

TEST(WithWeights, SubgraphsWithoutChangesAreShared) {
  auto branch = std::make_shared<Graph>();
  branch->nodes = {make_node("MatMul", "inner", {"x", "w"}, {"out"})};
  const Network network =
      make_network({1, 2},
                   {make_node("If", "if", {"condition"}, {"y"},
                              {make_attribute("then_branch", GraphPtr(branch))})},
                   {random_weight("w", {2, 2})});
  const Network changed =
      with_weights(network, {{{"", "w"}, Tensor::zeros(DataType::kFloat32, {2, 2})}});
  EXPECT_EQ(std::get<GraphPtr>(changed.graph.nodes[0].attributes[0].data), GraphPtr(branch));
}

TEST(WithWeights, RefusesOtherShapesTypesAndNames) {
  const Network network = make_network({1, 2}, {make_node("MatMul", "fc", {"x", "w"}, {"y"})},
                                       {random_weight("w", {2, 2})});
  EXPECT_THROW(with_weights(network, {{{"", "w"}, Tensor::zeros(DataType::kFloat32, {4})}}), Error);
  EXPECT_THROW(with_weights(network, {{{"", "w"}, Tensor::zeros(DataType::kFloat64, {2, 2})}}),
               Error);
  EXPECT_THROW(with_weights(network, {{{"", "v"}, Tensor::zeros(DataType::kFloat32, {2, 2})}}),
               Error);
}

}  // namespace
}  // namespace gcompress::graph

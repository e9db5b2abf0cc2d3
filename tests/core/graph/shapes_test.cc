#include "gcompress/core/graph/shapes.h"

#include <gmock/gmock.h>

#include <limits>

#include "gcompress/core/graph/shape_rules/dimensions.h"
#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

std::string text(const InferredShapes& shapes, const std::string& name) {
  const auto found = shapes.find(name);
  if (found == shapes.end()) return "missing";
  return found->second.shape ? to_string(*found->second.shape) : "unknown";
}

std::string shape_of(const Network& network, const std::string& name = "y",
                     const std::map<std::string, Shape>& inputs = {}) {
  return text(infer_shapes(network, inputs), name);
}

// The shape of y for one node y = op(x, initializers...).
std::string shape_by(const std::string& op, const Shape& input,
                     std::vector<Initializer> others = {}, std::vector<Attribute> attributes = {},
                     std::int64_t opset = 17) {
  std::vector<std::string> inputs = {"x"};
  for (const Initializer& other : others) inputs.push_back(other.name);
  return shape_of(make_network(input, {make_node(op, "node", inputs, {"y"}, std::move(attributes))},
                               std::move(others), opset));
}

Initializer zeros(const std::string& name, const Shape& shape) {
  return weight(name, Tensor::zeros(DataType::kFloat32, shape));
}

TEST(Dimensions, BroadcastLikeNumpy) {
  const Dimension n{.size = -1, .symbol = "N"};
  const Dimension m{.size = -1, .symbol = "M"};
  const auto k = known_dimension;
  EXPECT_EQ(to_string(*broadcast({n, k(1), k(4)}, {k(3), k(1)})), "[N, 3, 4]");
  EXPECT_EQ(to_string(*broadcast({n}, {k(5)})), "[5]");
  EXPECT_EQ(to_string(*broadcast({n}, {n})), "[N]");
  EXPECT_EQ(to_string(*broadcast({n}, {m})), "[?]");
  EXPECT_EQ(to_string(*broadcast({}, {k(0)})), "[0]");
  EXPECT_FALSE(broadcast({k(2)}, {k(3)}));
}

TEST(Dimensions, QuotientsCancelNumbersAndSymbols) {
  const Dimension n{.size = -1, .symbol = "N"};
  const auto k = known_dimension;
  EXPECT_EQ(*quotient({n, k(4), k(8)}, {n, k(2)}), k(16));
  EXPECT_EQ(*quotient({n, k(4)}, {k(4)}), n);
  EXPECT_EQ(*quotient({n, k(4)}, {k(2)}), Dimension{});
  EXPECT_EQ(*quotient({k(4)}, {n}), Dimension{});
  EXPECT_FALSE(quotient({k(4)}, {k(3)}));
  EXPECT_FALSE(quotient({k(4)}, {k(0)}));
  EXPECT_EQ(*quotient({k(kMax), k(kMax)}, {k(1)}), Dimension{});
}

TEST(Shapes, OfConvolutionAndPooling) {
  EXPECT_EQ(shape_by("Conv", {2, 3, 32, 32}, {zeros("w", {8, 3, 3, 3})},
                     {ints_attribute("strides", {2, 2}), ints_attribute("pads", {1, 1, 1, 1})}),
            "[2, 8, 16, 16]");
  EXPECT_EQ(shape_by("Conv", {2, 8, 10}, {zeros("w", {8, 1, 3})}, {int_attribute("group", 8)}),
            "[2, 8, 8]");
  EXPECT_EQ(shape_by("ConvTranspose", {1, 8, 5, 5}, {zeros("w", {8, 4, 2, 2})},
                     {ints_attribute("strides", {2, 2}), int_attribute("group", 2)}),
            "[1, 8, 10, 10]");
  EXPECT_EQ(shape_by("MaxPool", {1, 8, 6, 6}, {},
                     {ints_attribute("kernel_shape", {2, 2}), ints_attribute("strides", {2, 2})}),
            "[1, 8, 3, 3]");
  EXPECT_EQ(shape_by("GlobalAveragePool", {-1, 8, 6, 6}), "[N, 8, 1, 1]");
}

TEST(Shapes, OfMatrixProducts) {
  EXPECT_EQ(shape_by("MatMul", {-1, 7, 5}, {zeros("w", {5, 4})}), "[N, 7, 4]");
  EXPECT_EQ(shape_by("MatMul", {5}, {zeros("w", {3, 5, 4})}), "[3, 4]");
  EXPECT_EQ(shape_by("MatMul", {3, 5}, {zeros("w", {5})}), "[3]");
  EXPECT_EQ(shape_by("Gemm", {-1, 5}, {zeros("w", {4, 5})}, {int_attribute("transB", 1)}),
            "[N, 4]");
  EXPECT_EQ(shape_by("Einsum", {2, 7, 5}, {zeros("w", {5, 3, 4})},
                     {make_attribute("equation", std::string("btd, dhk -> bhtk"))}),
            "[2, 3, 7, 4]");
}

TEST(Shapes, OfMovement) {
  EXPECT_EQ(shape_by("Transpose", {-1, 3, 4}, {}, {ints_attribute("perm", {0, 2, 1})}),
            "[N, 4, 3]");
  EXPECT_EQ(shape_by("Flatten", {-1, 3, 4}), "[N, 12]");
  EXPECT_EQ(shape_by("Reshape", {-1, 3, 4}, {ints("s", {0, -1})}), "[N, 12]");
  EXPECT_EQ(shape_by("Reshape", {-1, 12}, {ints("s", {-1, 3, 4})}), "[N, 3, 4]");
  EXPECT_EQ(shape_by("Squeeze", {1, 3, 1}, {ints("a", {-1})}), "[1, 3]");
  EXPECT_EQ(shape_by("Unsqueeze", {3}, {ints("a", {0, -1})}), "[1, 3, 1]");
  EXPECT_EQ(shape_by("Slice", {-1, 9}, {ints("a", {1}), ints("b", {kMax}), ints("c", {1})}),
            "[N, 8]");
  EXPECT_EQ(shape_by("Slice", {-1, 9}, {ints("a", {0}), ints("b", {kMax}), ints("c", {0})}),
            "[N, 9]");
  EXPECT_EQ(shape_by("Pad", {-1, 3, 4}, {ints("p", {0, 0, 1, 0, 0, 2})}), "[N, 3, 7]");
  EXPECT_EQ(shape_by("Expand", {3, 1}, {ints("s", {2, 1, 4})}), "[2, 3, 4]");
  EXPECT_EQ(shape_by("Tile", {-1, 3}, {ints("r", {1, 4})}), "[N, 12]");
  EXPECT_EQ(shape_by("DepthToSpace", {1, 8, 2, 3}, {}, {int_attribute("blocksize", 2)}),
            "[1, 2, 4, 6]");
}

TEST(Shapes, OfReductionsAndSelections) {
  EXPECT_EQ(shape_by("ReduceMean", {-1, 3, 4}, {}, {ints_attribute("axes", {-1})}), "[N, 3, 1]");
  EXPECT_EQ(shape_by("ReduceSum", {2, 3}, {}, {int_attribute("keepdims", 0)}), "[]");
  EXPECT_EQ(shape_by("ArgMax", {-1, 3}, {}, {int_attribute("axis", 1)}), "[N, 1]");
  EXPECT_EQ(shape_by("TopK", {-1, 9}, {ints("k", {4})}), "[N, 4]");
  EXPECT_EQ(shape_by("Gather", {5, 6}, {ints("i", {1, 2, 3})}, {int_attribute("axis", 1)}),
            "[5, 3]");
  EXPECT_EQ(shape_by("Concat", {-1, 3}, {zeros("b", {2, 4})}, {int_attribute("axis", 1)}),
            "[2, 7]");
}

TEST(Shapes, OfRecurrentLayers) {
  const Network network =
      make_network({7, -1, 5},
                   {make_node("LSTM", "l", {"x", "w", "r"}, {"y", "h", "c"},
                              {make_attribute("direction", std::string("bidirectional"))})},
                   {zeros("w", {2, 12, 5}), zeros("r", {2, 12, 3})});
  EXPECT_EQ(shape_of(network, "y"), "[7, 2, N, 3]");
  EXPECT_EQ(shape_of(network, "c"), "[2, N, 3]");
}

TEST(Shapes, TypesFollowTheOperators) {
  const Network network =
      make_network({2}, {make_node("Greater", "g", {"x", "x"}, {"b"}),
                         make_node("Cast", "c", {"b"}, {"i"}, {int_attribute("to", 7)}),
                         make_node("ArgMax", "a", {"x"}, {"y"})});
  const InferredShapes shapes = infer_shapes(network);
  EXPECT_EQ(shapes.at("b").dtype, DataType::kBool);
  EXPECT_EQ(shapes.at("i").dtype, DataType::kInt64);
  EXPECT_EQ(shapes.at("y").dtype, DataType::kInt64);
}

// Shape -> Gather -> Mul -> Concat -> Reshape, as exporters write a flatten.
Network dynamic_reshape(const Shape& input) {
  return make_network(
      input,
      {make_node("Shape", "shape", {"x"}, {"s"}),
       make_node("Gather", "batch", {"s", "zero"}, {"n"}),
       make_node("Gather", "height", {"s", "two"}, {"h"}),
       make_node("Mul", "half", {"h", "two"}, {"h2"}),
       make_node("Concat", "join", {"n", "h2", "rest"}, {"target"}, {int_attribute("axis", 0)}),
       make_node("Reshape", "reshape", {"x", "target"}, {"y"})},
      {ints("zero", {0}), ints("two", {2}), ints("rest", {-1})});
}

TEST(Shapes, ComputedReshapesAreFollowed) {
  EXPECT_EQ(shape_of(dynamic_reshape({2, 6, 4, 4})), "[2, 8, 12]");
  EXPECT_EQ(shape_of(dynamic_reshape({-1, 6, 4, 4})), "[N, 8, 12]");
  EXPECT_EQ(shape_of(dynamic_reshape({-1, 6, 4, 4}), "y", {{"x", {5, 6, 4, 4}}}), "[5, 8, 12]");
}

TEST(Shapes, ComputedResizesAreFollowedThroughFloats) {
  const Network network = make_network(
      {1, 3, 5, 7},
      {make_node("Shape", "shape", {"x"}, {"s"}),
       make_node("Slice", "channels", {"s", "zero", "two"}, {"front"}),
       make_node("Slice", "space", {"s", "two", "four"}, {"back"}),
       make_node("Cast", "float", {"back"}, {"f"}, {int_attribute("to", 1)}),
       make_node("Mul", "scale", {"f", "factor"}, {"g"}), make_node("Floor", "floor", {"g"}, {"h"}),
       make_node("Cast", "int", {"h"}, {"sizes"}, {int_attribute("to", 7)}),
       make_node("Concat", "join", {"front", "sizes"}, {"target"}, {int_attribute("axis", 0)}),
       make_node("Resize", "resize", {"x", "", "", "target"}, {"y"})},
      {ints("zero", {0}), ints("two", {2}), ints("four", {4}),
       weight("factor", Tensor::scalar(1.5F))});
  EXPECT_EQ(shape_of(network), "[1, 3, 7, 10]");
}

TEST(Shapes, UnknownOperatorsAreUnknownUnlessStated) {
  Node mystery = make_node("Mystery", "m", {"x"}, {"y"});
  mystery.domain = "elsewhere";
  Network network = make_network({2, 3}, {mystery});
  EXPECT_EQ(shape_of(network), "unknown");
  network.graph.outputs = {make_value("y", DataType::kFloat32, {2, 9})};
  EXPECT_EQ(shape_of(network), "[2, 9]");
}

TEST(Shapes, StatedShapesThatContradictAreRefusedUnlessInputsWereReplaced) {
  Network network = make_network({2, 3}, {make_node("Relu", "relu", {"x"}, {"y"})});
  network.graph.outputs = {make_value("y", DataType::kFloat32, {2, 4})};
  try {
    infer_shapes(network);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_EQ(error.place().node, "relu");
    EXPECT_EQ(error.place().value, "y");
  }
  EXPECT_EQ(shape_of(network, "y", {{"x", {5, 3}}}), "[5, 3]");
}

Network branches(Tensor condition) {
  const auto branch = [](const std::string& op, const std::string& out) {
    auto graph = std::make_shared<Graph>();
    graph->nodes = {make_node(op, op + "_in_branch", {"x"}, {out})};
    graph->outputs = {
        {.name = out, .dtype = DataType::kFloat32, .shape = std::nullopt, .opaque = {}}};
    return GraphPtr(graph);
  };
  std::vector<Initializer> initializers;
  if (condition.defined()) initializers.push_back(weight("condition", std::move(condition)));
  return make_network({2, 3},
                      {make_node("If", "if", {"condition"}, {"y"},
                                 {make_attribute("then_branch", branch("Flatten", "a")),
                                  make_attribute("else_branch", branch("GlobalMaxPool", "b"))})},
                      std::move(initializers));
}

TEST(Shapes, ABranchIsTakenWhenItsConditionIsKnown) {
  const Tensor yes(DataType::kBool, {}, Bytes::own(std::vector<std::uint8_t>{1}));
  EXPECT_EQ(shape_of(branches(yes)), "[2, 3]");
  EXPECT_EQ(shape_of(branches(yes), "if.then_branch/a"), "[2, 3]");
  EXPECT_EQ(shape_of(branches(yes), "if.else_branch/b"), "missing");
}

TEST(Shapes, BranchesThatAgreeGiveAShape) { EXPECT_EQ(shape_of(branches({})), "[2, 3]"); }

void expect_refused(const Network& network, const std::string& node) {
  try {
    infer_shapes(network);
    FAIL() << node << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
    EXPECT_EQ(error.place().node, node) << error.what();
  }
}

TEST(Shapes, ContradictionsNameTheNode) {
  const auto one = [](const std::string& op, const Shape& input, std::vector<Initializer> others,
                      std::vector<Attribute> attributes = {}) {
    std::vector<std::string> inputs = {"x"};
    for (const Initializer& other : others) inputs.push_back(other.name);
    return make_network(input, {make_node(op, "node", inputs, {"y"}, std::move(attributes))},
                        std::move(others));
  };
  expect_refused(one("Add", {2, 3}, {zeros("b", {4})}), "node");
  expect_refused(one("Conv", {1, 4, 8, 8}, {zeros("w", {8, 3, 3, 3})}), "node");
  expect_refused(one("Conv", {1, 3, 8}, {zeros("w", {8, 3, 3, 3})}), "node");
  expect_refused(one("MatMul", {2, 3}, {zeros("w", {4, 5})}), "node");
  expect_refused(one("Gemm", {2, 3, 4}, {zeros("w", {4, 5})}), "node");
  expect_refused(one("Reshape", {2, 3}, {ints("s", {4, -1})}), "node");
  expect_refused(one("Concat", {2, 3}, {zeros("b", {3, 3})}, {int_attribute("axis", 1)}), "node");
  expect_refused(one("Squeeze", {2, 3}, {ints("a", {0})}), "node");
  expect_refused(one("TopK", {2, 3}, {ints("k", {4})}), "node");
  expect_refused(one("Transpose", {2, 3}, {}, {ints_attribute("perm", {0})}), "node");
  expect_refused(one("LSTM", {2, 3}, {zeros("w", {1, 8, 3}), zeros("r", {1, 8, 2})}), "node");
}

TEST(Shapes, HostileSizesAllocateNothingAndDoNotOverflow) {
  const std::int64_t huge = std::int64_t{1} << 62;
  expect_refused(
      make_network({1}, {make_node("ConstantOfShape", "fill", {"s"}, {"y"})}, {ints("s", {huge})}),
      "fill");
  // Each dimension is possible, all together are not; nothing is made of them.
  const std::int64_t large = std::int64_t{1} << 35;
  EXPECT_EQ(shape_of(make_network({1},
                                  {make_node("ConstantOfShape", "fill", {"s"}, {"h"}),
                                   make_node("Flatten", "flat", {"h"}, {"y"})},
                                  {ints("s", {large, large, large})})),
            "[34359738368, ?]");
  EXPECT_THROW(infer_shapes(make_network({huge, 2}, {make_node("Relu", "r", {"x"}, {"y"})})),
               Error);
  const Network range =
      make_network({1}, {make_node("Range", "range", {"a", "b", "c"}, {"y"})},
                   {weight("a", Tensor::scalar(std::int64_t{0})), weight("b", Tensor::scalar(kMax)),
                    weight("c", Tensor::scalar(std::int64_t{1}))});
  expect_refused(range, "range");
  const Network step =
      make_network({1}, {make_node("Range", "range", {"a", "b", "c"}, {"y"})},
                   {weight("a", Tensor::scalar(std::int64_t{0})), weight("b", Tensor::scalar(kMax)),
                    weight("c", Tensor::scalar(std::int64_t{0}))});
  expect_refused(step, "range");
}

TEST(Shapes, InputsGivenMustExistAndBePossible) {
  const Network network = make_network({-1, 3}, {make_node("Relu", "r", {"x"}, {"y"})});
  EXPECT_THROW(infer_shapes(network, {{"z", {1}}}), Error);
  EXPECT_THROW(infer_shapes(network, {{"x", {-1, 3}}}), Error);
}

TEST(ConcreteInputShapes, GiveASymbolOneSizeEverywhere) {
  Network network = make_network({-1, 3}, {make_node("Relu", "r", {"x"}, {"y"})});
  const Dimension batch{.size = -1, .symbol = "N"};
  network.graph.inputs.push_back({.name = "state",
                                  .dtype = DataType::kFloat32,
                                  .shape = {{known_dimension(2), batch, Dimension{}}},
                                  .opaque = {}});
  const auto shapes = concrete_input_shapes(network, 4, 9);
  EXPECT_EQ(shapes.at("x"), (Shape{4, 3}));
  EXPECT_EQ(shapes.at("state"), (Shape{2, 4, 9}));
}

TEST(ConcreteInputShapes, AskForShapesThatTheFileDoesNotState) {
  Network network = make_network({1}, {make_node("Relu", "r", {"x"}, {"y"})});
  network.graph.inputs[0].shape = std::nullopt;
  EXPECT_THROW(concrete_input_shapes(network, 1, 1), Error);
}

}  // namespace
}  // namespace gcompress::graph

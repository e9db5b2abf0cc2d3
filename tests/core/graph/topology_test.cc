// Names and order: what is refused, what is sorted, and what stays as it is.
#include "gcompress/core/graph/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace gcompress::graph {
namespace {

using gcompress::testing::thrown_by;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Initializer initializer(const std::string& name) {
  return {.name = name, .value = Tensor::scalar(1.0F), .storage = {}, .opaque = {}};
}

// x is an input, w an initializer; no outputs.
Network network_of(std::vector<Node> nodes) {
  Network network;
  network.graph.inputs = {make_value("x", DataType::kFloat32, {1})};
  network.graph.initializers = {initializer("w")};
  network.graph.nodes = std::move(nodes);
  return network;
}

std::string refusal(Network network) {
  return thrown_by([&] { check_and_sort(network); });
}

std::vector<std::string> names_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  return names;
}

GraphPtr subgraph(std::vector<Node> nodes, const std::string& output) {
  Graph graph;
  graph.nodes = std::move(nodes);
  graph.outputs = {make_value(output, DataType::kFloat32, {1})};
  return std::make_shared<const Graph>(std::move(graph));
}

TEST(Topology, SortedNodesKeepTheirOrder) {
  Network network =
      network_of({make_node("Relu", "b", {"x"}, {"b"}), make_node("Relu", "a", {"x"}, {"a"}),
                  make_node("Add", "c", {"a", "b"}, {"c"})});
  check_and_sort(network);
  EXPECT_THAT(names_of(network.graph), ElementsAre("b", "a", "c"));
}

TEST(Topology, NodesInTheWrongOrderAreSortedAndTheOthersKeepTheirs) {
  Network network = network_of({make_node("Relu", "late", {"early"}, {"late"}),
                                make_node("Relu", "first", {"x"}, {"first"}),
                                make_node("Relu", "early", {"x"}, {"early"}),
                                make_node("Relu", "last", {"late"}, {"last"})});
  check_and_sort(network);
  EXPECT_THAT(names_of(network.graph), ElementsAre("first", "early", "late", "last"));
}

TEST(Topology, ACycleNamesANodeThatIsOnIt) {
  const std::string message = refusal(network_of({make_node("Relu", "after", {"b"}, {"c"}),
                                                  make_node("Add", "one", {"x", "b"}, {"a"}),
                                                  make_node("Relu", "two", {"a"}, {"b"})}));
  EXPECT_THAT(message, HasSubstr("cycle"));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("after")));
  EXPECT_THAT(refusal(network_of({make_node("Relu", "self", {"a"}, {"a"})})), HasSubstr("cycle"));
}

TEST(Topology, SubgraphsSeeOuterValuesAndCountAsUses) {
  const auto branch = [](const std::string& outer) {
    return make_attribute("then_branch", subgraph({make_node("Relu", "r", {outer}, {"r"})}, "r"));
  };
  Network network = network_of({make_node("If", "if", {"x"}, {"y"}, {branch("late")}),
                                make_node("Relu", "late", {"x"}, {"late"})});
  check_and_sort(network);
  EXPECT_THAT(names_of(network.graph), ElementsAre("late", "if"));
  EXPECT_THAT(refusal(network_of({make_node("If", "if", {"x"}, {"y"}, {branch("y")})})),
              HasSubstr("cycle"));
  EXPECT_THAT(refusal(network_of({make_node("If", "if", {"x"}, {"y"}, {branch("none")})})),
              HasSubstr("node 'r': value 'none'"));
}

TEST(Topology, SubgraphsAreSortedToo) {
  Network network =
      network_of({make_node("If", "if", {"x"}, {"y"},
                            {make_attribute("branches", std::vector<GraphPtr>{subgraph(
                                                            {make_node("Relu", "b", {"a"}, {"b"}),
                                                             make_node("Relu", "a", {"x"}, {"a"})},
                                                            "b")})})});
  check_and_sort(network);
  const auto& graphs = std::get<std::vector<GraphPtr>>(network.graph.nodes[0].attributes[0].data);
  EXPECT_THAT(names_of(*graphs[0]), ElementsAre("a", "b"));
}

TEST(Topology, AnInnerNameMayHideAnOuterOne) {
  Network network = network_of({make_node(
      "If", "if", {"x"}, {"y"},
      {make_attribute("then_branch", subgraph({make_node("Relu", "r", {"x"}, {"w"})}, "w"))})});
  check_and_sort(network);
}

TEST(Topology, ValuesAreProducedOnce) {
  EXPECT_THAT(refusal(network_of({make_node("Relu", "one", {"x"}, {"a"}),
                                  make_node("Relu", "two", {"x"}, {"a"})})),
              HasSubstr("node 'two': value 'a': the value is produced twice, also by node 'one'"));
  EXPECT_THAT(refusal(network_of({make_node("Relu", "one", {"x"}, {"w"})})), HasSubstr("'w'"));
  Network twice = network_of({});
  twice.graph.initializers.push_back(initializer("w"));
  EXPECT_THAT(refusal(twice), HasSubstr("two initializers"));
  Network inputs = network_of({});
  inputs.graph.inputs.push_back(inputs.graph.inputs[0]);
  EXPECT_THAT(refusal(inputs), HasSubstr("two inputs"));
}

TEST(Topology, AnInitializerMayBeAnInputsDefault) {
  Network network = network_of({make_node("Relu", "", {"w"}, {"", "y"})});
  network.graph.inputs.push_back(make_value("w", DataType::kFloat32, {}));
  check_and_sort(network);
}

TEST(Topology, OutputsMustBeProduced) {
  Network network = network_of({});
  network.graph.outputs = {make_value("y", DataType::kFloat32, {1})};
  EXPECT_THAT(refusal(network), HasSubstr("value 'y'"));
}

Function function_of(const std::string& name, std::vector<Node> nodes) {
  Function function;
  function.domain = "local";
  function.name = name;
  function.inputs = {"x"};
  function.nodes = std::move(nodes);
  return function;
}

Node call(const std::string& function) {
  Node node = make_node(function, "call", {"x"}, {"y"});
  node.domain = "local";
  return node;
}

TEST(Topology, FunctionsSeeOnlyTheirInputs) {
  Network network = network_of({});
  network.functions = {function_of("f", {make_node("Relu", "r", {"w"}, {"y"})})};
  EXPECT_THAT(refusal(network), HasSubstr("in function 'f'"));
  network.functions = {function_of("f", {make_node("Relu", "r", {"x"}, {"y"})})};
  EXPECT_EQ(refusal(network), "");
}

TEST(Topology, FunctionsMayNotCallThemselves) {
  Network network = network_of({});
  network.functions = {function_of("f", {call("g")}), function_of("g", {call("h")}),
                       function_of("h", {})};
  EXPECT_EQ(refusal(network), "");
  network.functions[2].nodes = {call("f")};
  EXPECT_THAT(refusal(network), HasSubstr("cycle"));
}

TEST(Topology, LongChainsAndWideGraphsTakeNoStack) {
  std::vector<Node> nodes;
  constexpr int kLength = 100'000;
  for (int i = kLength; i > 0; --i) {
    const std::string input = i == 1 ? "x" : std::to_string(i - 1);
    nodes.push_back(make_node("Relu", "", {input}, {std::to_string(i)}));
  }
  Network network = network_of(std::move(nodes));
  check_and_sort(network);
  EXPECT_EQ(network.graph.nodes.front().outputs.front(), "1");
}

}  // namespace
}  // namespace gcompress::graph

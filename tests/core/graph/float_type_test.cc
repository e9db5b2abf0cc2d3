#include "gcompress/core/graph/float_type.h"

#include <gtest/gtest.h>

#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

TEST(WithFloatType, ChangesWhatIsFloatAndNothingElse) {
  Network network = make_network(
      {2, 3},
      {make_node("MatMul", "m", {"x", "w"}, {"p"}),
       make_node("Cast", "c", {"p"}, {"q"}, {int_attribute("to", 1)}),
       constant("k", make_attribute("value", Tensor::scalar(1.5F))),
       make_node("Mul", "n", {"q", "k"}, {"r"}), make_node("Reshape", "y", {"r", "shape"}, {"y"})},
      {random_weight("w", {3, 3}), ints("shape", {3, 2})});
  const Network result = with_float_type(network, DataType::kBfloat16);
  EXPECT_EQ(result.graph.inputs[0].dtype, DataType::kBfloat16);
  EXPECT_EQ(result.graph.outputs[0].dtype, DataType::kBfloat16);
  EXPECT_EQ(result.graph.initializer("w")->value.dtype(), DataType::kBfloat16);
  EXPECT_EQ(result.graph.initializer("shape")->value.dtype(), DataType::kInt64);
  EXPECT_EQ(attribute_int(result.graph.nodes[1], "to", 0), 16);
  EXPECT_EQ(std::get<Tensor>(result.graph.nodes[2].attributes[0].data).dtype(),
            DataType::kBfloat16);
}

}  // namespace
}  // namespace gcompress::graph

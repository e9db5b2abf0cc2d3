// Layers, and what they multiply, against a naive gathering written out from ONNX's definitions.
#include "gcompress/prune/reconstruct/linear_layer.h"

#include <gtest/gtest.h>

#include <map>

#include "gcompress/prune/reconstruct/layer_statistics.h"
#include "tests/prune/layers.h"
#include "tests/support/naive_runner.h"
#include "tests/support/network_builder.h"

namespace gcompress::prune {
namespace {

using testing::NetworkBuilder;
using testing::random_values;

const PositionSample kAll(1, 1);

// Checks that W x is what the layer's node puts out, for x gathered by us and y by an independent
// runner. A single wrong tap, stride or group shows.
void expect_products(const graph::Network& network, const Shape& input_shape) {
  const auto weights = graph::find_weights(network);
  const auto layers = linear_layers(network, weights, {});
  ASSERT_EQ(layers.size(), 1U);
  const LinearLayer& layer = layers[0];
  const std::vector<float> values = random_values(element_count(input_shape), 5);
  const auto all =
      testing::run_naively(network, {{"x", {input_shape, {values.begin(), values.end()}}}});
  const testing::NaiveTensor& out = all.at(layer.output);
  const Tensor output = Tensor::from<float>(out.shape, {out.values.begin(), out.values.end()});
  const Tensor input = Tensor::from<float>(input_shape, values);
  const graph::Node& node = network.graph.nodes[layer.node];
  const Eigen::MatrixXd w = matrix_of(layer, layer.weight->value);
  const Eigen::Index rows = layer.rows / layer.groups;
  std::int64_t seen = 0;
  for_each_block(
      layer, node, input, output, kAll, 7, [&](const Eigen::MatrixXf& x, const Eigen::MatrixXf& y) {
        ASSERT_EQ(x.rows(), layer.groups * layer.features);
        ASSERT_LE(x.cols(), 7);
        for (Eigen::Index row = 0; row < layer.rows; ++row) {
          for (Eigen::Index at = 0; at < x.cols(); ++at) {
            const double product =
                layer.alpha *
                    w.row(row).dot(x.col(at)
                                       .segment(row / rows * layer.features, layer.features)
                                       .cast<double>()
                                       .transpose()) +
                double{layer.added[static_cast<std::size_t>(row)]};
            // float32 outputs of some dozens of products
            EXPECT_NEAR(product, y(row, at), 1e-4) << "row " << row;
          }
        }
        seen += x.cols();
      });
  EXPECT_EQ(seen, positions_of(layer, node, input));
  EXPECT_EQ(seen * layer.rows, output.size());

  // The Gram matrix and the cross products by plain loops over the same blocks.
  LayerStatistics statistics(layer, true);
  statistics.add(node, input, output, kAll, {});
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(layer.features, layer.features);
  for_each_block(layer, node, input, output, kAll, 1000,
                 [&](const Eigen::MatrixXf& x, const Eigen::MatrixXf&) {
                   for (Eigen::Index at = 0; at < x.cols(); ++at) {
                     for (Eigen::Index i = 0; i < layer.features; ++i) {
                       for (Eigen::Index j = 0; j < layer.features; ++j) {
                         gram(i, j) += double{x(i, at)} * double{x(j, at)};
                       }
                     }
                   }
                 });
  gram /= static_cast<double>(seen);
  EXPECT_LT((statistics.gram(0, false) - gram).cwiseAbs().maxCoeff(), 1e-5);
}

graph::Attribute ints(const std::string& name, std::vector<std::int64_t> values) {
  return graph::make_attribute(name, std::move(values));
}

graph::Network convolution(const Shape& kernel, std::vector<graph::Attribute> attributes,
                           const Shape& input) {
  NetworkBuilder b(input, 3);
  b.node("Conv", "c", {"x", b.floats("w", kernel), b.floats("b", {kernel[0]})},
         std::move(attributes));
  return b.finish("c", {});
}

TEST(LinearLayer, GathersAPlainConvolution) {
  expect_products(convolution({5, 3, 3, 3}, {ints("pads", {1, 1, 1, 1})}, {2, 3, 6, 5}),
                  {2, 3, 6, 5});
}

TEST(LinearLayer, GathersStridesUnevenPadsAndDilations) {
  expect_products(
      convolution({4, 2, 3, 2},
                  {ints("strides", {2, 3}), ints("pads", {2, 0, 1, 3}), ints("dilations", {2, 1})},
                  {2, 2, 9, 8}),
      {2, 2, 9, 8});
}

TEST(LinearLayer, GathersGroupsAndDepthwise) {
  expect_products(
      convolution({6, 2, 3, 3},
                  {ints("pads", {1, 1, 1, 1}), graph::make_attribute("group", std::int64_t{3})},
                  {1, 6, 4, 4}),
      {1, 6, 4, 4});
  expect_products(
      convolution({4, 1, 3, 3}, {graph::make_attribute("group", std::int64_t{4})}, {2, 4, 5, 5}),
      {2, 4, 5, 5});
}

TEST(LinearLayer, GathersMatricesEitherWay) {
  for (const bool transposed : {true, false}) {
    NetworkBuilder b({7, 6}, 4);
    b.gemm("g", "x", 6, 5, transposed);
    expect_products(b.finish("g", {7, 5}), {7, 6});
  }
  NetworkBuilder right({2, 3, 6}, 4);
  right.node("MatMul", "m", {"x", right.floats("w", {6, 4})});
  expect_products(right.finish("m", {2, 3, 4}), {2, 3, 6});
}

TEST(LinearLayer, FindsWhereAConstantCanGo) {
  NetworkBuilder b({2, 2, 6, 6}, 5);
  b.conv("own", "x", {4, 2, 3, 3}, true, 1);
  b.conv("normed", "own", {4, 4, 3, 3}, false, 1);
  b.batch_norm("norm", "normed", 4);
  b.node("Relu", "r", {"norm"});
  b.conv("none", "r", {4, 4, 1, 1}, false);
  b.node("Relu", "r2", {"none"});
  b.node("GlobalAveragePool", "pooled", {"r2"});
  b.node("Flatten", "flat", {"pooled"});
  b.node("MatMul", "product", {"flat", b.floats("w", {4, 3})});
  b.node("Add", "sum", {b.floats("added", {3}), "product"});
  const graph::Network network = b.finish("sum", {2, 3});
  const auto weights = graph::find_weights(network);
  const auto layers = linear_layers(network, weights, {});
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers[0].bias->id.tensor, "own.bias");
  EXPECT_EQ(layers[1].bias->id.tensor, "norm.mean");
  EXPECT_EQ(layers[1].bias->factor, -1);
  EXPECT_FALSE(layers[2].bias.has_value());
  EXPECT_EQ(layers[3].bias->id.tensor, "added");
  EXPECT_EQ(linear_layers(network, weights, {{{}, "own.weight"}}).size(), 3U);
  EXPECT_FALSE(linear_layers(network, weights, {{{}, "added"}})[3].bias.has_value());
}

TEST(LinearLayer, LeavesSharedWeightsAndSharedConstantsAlone) {
  NetworkBuilder b({2, 4}, 6);
  b.node("MatMul", "a", {"x", b.floats("w", {4, 4})});
  b.node("MatMul", "twice", {"a", "w"});
  b.node("MatMul", "c", {"twice", b.floats("v", {4, 4})});
  b.node("Add", "d", {"c", b.floats("shared", {4})});
  b.node("Add", "e", {"d", "shared"});
  const graph::Network network = b.finish("e", {2, 4});
  const auto weights = graph::find_weights(network);
  const auto layers = linear_layers(network, weights, {});
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].weight->id.tensor, "v");
  EXPECT_FALSE(layers[0].bias.has_value());
}

TEST(LinearLayer, ASampleOfPositionsHasAboutTheRightSizeAndIsSpread) {
  const PositionSample sample(250, 10000);
  int taken = 0;
  int in_first_half = 0;
  for (std::int64_t i = 0; i < 10000; ++i) {
    taken += sample.takes(i) ? 1 : 0;
    in_first_half += sample.takes(i) && i < 5000 ? 1 : 0;
  }
  EXPECT_NEAR(taken, 250, 5);  // multiples of the golden ratio are spread that evenly
  EXPECT_NEAR(in_first_half, 125, 5);
}

TEST(LinearLayer, InputsThatDoNotFitAreNamedWithBothShapes) {
  const graph::Network network = convolution({5, 3, 3, 3}, {}, {2, 3, 6, 6});
  const auto weights = graph::find_weights(network);
  const auto layers = linear_layers(network, weights, {});
  try {
    positions_of(layers[0], network.graph.nodes[0],
                 Tensor::zeros(DataType::kFloat32, {2, 4, 6, 6}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_NE(std::string(error.what()).find("[2, 4, 6, 6]"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("[5, 3, 3, 3]"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gcompress::prune

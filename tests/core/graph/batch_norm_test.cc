#include "gcompress/core/graph/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/base/random.h"
#include "tests/support/naive_runner.h"
#include "tests/support/network_builder.h"

namespace gcompress::graph {
namespace {

using testing::NetworkBuilder;

// conv, norm, relu, conv with a bias, norm, pooled, gemm, norm.
Network three_norms() {
  NetworkBuilder b({2, 2, 5, 5}, 3);
  b.node("Relu", "r1", {b.batch_norm("n1", b.conv("c1", "x", {4, 2, 3, 3}, false, 1), 4)});
  b.batch_norm("n2", b.conv("c2", "r1", {3, 4, 1, 1}, true), 3);
  b.node("GlobalAveragePool", "pooled", {"n2"});
  b.node("Flatten", "flat", {"pooled"});
  b.batch_norm("n3", b.gemm("g", "flat", 3, 4, false), 4);
  return b.finish("n3", {2, 4});
}

std::vector<double> output_of(const Network& network) {
  testing::NaiveTensor x{{2, 2, 5, 5}, std::vector<double>(100)};
  RandomStream random(1, "test input");
  for (double& value : x.values) value = random.normal();
  return testing::run_naively(network, {{"x", x}}).at(network.graph.outputs[0].name).values;
}

TEST(BatchNormFactors, AreScaleOverDeviation) {
  const Network network = three_norms();
  const auto factors = batch_norm_factors(network, find_weights(network));
  ASSERT_EQ(factors.size(), 3U);
  const auto scale = to_float32(network.graph.initializer("n1.scale")->value);
  const auto variance = to_float32(network.graph.initializer("n1.variance")->value);
  const auto& found = factors.at({"", "c1.weight"});
  ASSERT_EQ(found.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(found[i], scale[i] / std::sqrt(variance[i] + 1e-5), 1e-6);
  }
}

TEST(BatchNormFactors, NeedTheNormToBeTheOnlyReader) {
  NetworkBuilder b({2, 2, 5, 5}, 3);
  b.batch_norm("n1", b.conv("c1", "x", {4, 2, 3, 3}, false, 1), 4);
  b.node("Add", "sum", {"n1", "c1"});
  const Network network = b.finish("sum", {2, 4, 5, 5});
  EXPECT_TRUE(batch_norm_factors(network, find_weights(network)).empty());
  EXPECT_EQ(fold_batch_norms(network).graph.nodes.size(), 3U);
}

TEST(BatchNormFactors, ANormThatIsAnOutputIsStillTheOnlyReader) {
  NetworkBuilder b({2, 2, 5, 5}, 3);
  b.batch_norm("n1", b.conv("c1", "x", {4, 2, 3, 3}, false, 1), 4);
  b.node("Relu", "r", {"n1"});
  Network network = b.finish("r", {2, 4, 5, 5});
  EXPECT_EQ(batch_norm_factors(network, find_weights(network)).size(), 1U);
  network.graph.outputs.push_back(make_value("c1", DataType::kFloat32, {2, 4, 5, 5}));
  EXPECT_TRUE(batch_norm_factors(network, find_weights(network)).empty());
}

TEST(FoldBatchNorms, OutputsStayAndTheNormsGo) {
  const Network network = three_norms();
  const Network folded = fold_batch_norms(network);
  for (const Node& node : folded.graph.nodes) EXPECT_NE(node.op_type, "BatchNormalization");
  EXPECT_EQ(folded.graph.nodes.size(), network.graph.nodes.size() - 3);
  for (const Initializer& initializer : folded.graph.initializers) {
    EXPECT_FALSE(initializer.name.starts_with("n")) << initializer.name;
  }
  const auto before = output_of(network);
  const auto after = output_of(folded);
  // Weights are rounded to float32 once more.
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1e-4);
}

TEST(FoldBatchNorms, ALayerThatNobodyReadsStaysAsItIs) {
  NetworkBuilder b({2, 2, 5, 5}, 3);
  b.conv("dead", "x", {4, 2, 3, 3}, false, 1);
  b.batch_norm("n1", b.conv("c1", "x", {4, 2, 3, 3}, false, 1), 4);
  const Network network = b.finish("n1", {2, 4, 5, 5});
  EXPECT_EQ(batch_norm_factors(network, find_weights(network)).size(), 1U);
  EXPECT_EQ(output_of(fold_batch_norms(network)).size(), output_of(network).size());
}

TEST(FoldBatchNorms, ANetworkWithoutThemStays) {
  NetworkBuilder b({2, 3}, 1);
  b.gemm("g", "x", 3, 4);
  const Network network = b.finish("g", {2, 4});
  const Network folded = fold_batch_norms(network);
  EXPECT_EQ(folded.graph.nodes.size(), 1U);
  EXPECT_EQ(folded.graph.initializers.size(), 2U);
}

TEST(FoldBatchNorms, ALayerUsedTwiceStays) {
  NetworkBuilder b({2, 3}, 1);
  const std::string w = b.floats("w", {3, 3});
  b.batch_norm("n", b.node("Gemm", "g1", {"x", w}), 3);
  b.node("Gemm", "g2", {"n", w});
  const Network network = b.finish("g2", {2, 3});
  EXPECT_EQ(fold_batch_norms(network).graph.nodes.size(), 3U);
}

}  // namespace
}  // namespace gcompress::graph

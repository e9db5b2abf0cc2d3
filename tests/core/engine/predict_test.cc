// What the engine is expected to take: as the masks say, and never less for more.
#include "gcompress/core/engine/predict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "gcompress/core/base/random.h"
#include "gcompress/core/graph/weight_values.h"
#include "gcompress/core/networks/networks.h"
#include "tests/support/network_builder.h"

namespace gcompress::engine {
namespace {

struct Prepared {
  explicit Prepared(graph::Network given, std::int64_t batch = 1)
      : network(std::move(given)),
        weights(graph::find_weights(network)),
        shapes(graph::infer_shapes(network, graph::concrete_input_shapes(network, batch, 32))) {}

  graph::Network network;
  std::vector<graph::Weight> weights;
  graph::InferredShapes shapes;

  graph::CostModel model() const { return predict(network, weights, shapes); }
  std::vector<NodeWork> nodes() const { return predict_nodes(network, weights, shapes); }
};

double sum_of(const std::vector<NodeWork>& nodes) {
  double sum = 0;
  for (const NodeWork& node : nodes) sum += node.nanoseconds;
  return sum;
}

graph::KeptCounts share_of(const Prepared& prepared, double share) {
  graph::KeptCounts counts;
  for (const graph::Weight& weight : prepared.weights) {
    counts[weight.id] = static_cast<std::int64_t>(share * static_cast<double>(weight.size()));
  }
  return counts;
}

TEST(Predict, MoreWeightsNeverTakeLess) {
  for (const graph::Network& network :
       {networks::resnet_cifar(20, 1), networks::lenet_300_100(1), networks::lenet_5(1)}) {
    const Prepared prepared(network);
    const graph::CostModel model = prepared.model();
    double before = 0;
    for (const double share : {0.0, 0.02, 0.1, 0.5, 1.0}) {
      const double cost = model.cost(share_of(prepared, share));
      EXPECT_GT(cost, before) << share;
      before = cost;
    }
    // One weight alone, from nothing to all.
    for (const graph::Weight& weight : prepared.weights) {
      graph::KeptCounts counts = share_of(prepared, 0.1);
      counts[weight.id] = 0;
      const double none = model.cost(counts);
      counts[weight.id] = weight.size();
      EXPECT_GE(model.cost(counts), none) << graph::to_string(weight.id);
    }
  }
}

TEST(Predict, TheNetworkAsItIsCostsTheSumOfItsNodes) {
  graph::Network network = networks::resnet_cifar(20, 1);
  RandomStream random(2, "predict test");
  for (graph::Initializer& tensor : network.graph.initializers) {
    if (tensor.value.rank() < 2) continue;
    std::vector<float> values = to_float32(tensor.value);
    for (float& value : values) value = random.uniform() < 0.2F ? value : 0;
    tensor.value = Tensor::from<float>(tensor.value.shape(), std::move(values));
  }
  const Prepared prepared(network);
  graph::KeptCounts counts;
  for (const graph::Weight& weight : prepared.weights) {
    counts[weight.id] = graph::count_nonzero(weight.value);
  }
  const double cost = prepared.model().cost(counts);
  EXPECT_NEAR(sum_of(prepared.nodes()), cost, 1e-6 * cost);
  EXPECT_LT(cost, prepared.model().cost(graph::all_kept(prepared.weights)));
}

TEST(Predict, WhatIsComputedWithinLayersIsNoStepOfItsOwn) {
  const Prepared prepared(networks::resnet_cifar(20, 1));
  std::set<std::string> named;
  for (const NodeWork& node : prepared.nodes()) named.insert(node.node);
  for (const graph::Node& node : prepared.network.graph.nodes) {
    const bool within = node.op_type == "BatchNormalization" || node.op_type == "Relu";
    if (within) {
      EXPECT_FALSE(named.contains(node.name)) << node.name;
    }
    if (node.op_type == "Conv" || node.op_type == "Gemm") {
      EXPECT_TRUE(named.contains(node.name)) << node.name;
    }
  }
}

TEST(Predict, KindsOfWorkAreToldApart) {
  testing::NetworkBuilder b({-1, 8, 6, 6}, 1);
  b.conv("full", "x", {8, 8, 3, 3}, true, 1);
  b.conv("depthwise", "full", {8, 1, 3, 3}, true, 1, 8);
  const std::string flat = b.node("Flatten", "flat", {"depthwise"});
  b.node("Gemm", "y", {flat, b.floats("w", {8 * 36, 5})});
  const graph::Network network = b.finish("y", {-1, 5});
  const auto kinds_of = [&](std::int64_t batch) {
    std::map<std::string, WorkKind> kinds;
    for (const NodeWork& node : Prepared(network, batch).nodes()) kinds[node.node] = node.kind;
    return kinds;
  };
  EXPECT_EQ(kinds_of(1)["full"], WorkKind::kTapVectors);
  EXPECT_EQ(kinds_of(1)["depthwise"], WorkKind::kDepthwise);
  EXPECT_EQ(kinds_of(1)["flat"], WorkKind::kElements);
  EXPECT_EQ(kinds_of(1)["y"], WorkKind::kGatheredTaps);
  EXPECT_EQ(kinds_of(16)["y"], WorkKind::kTapVectors);
  // Zeros of a depthwise layer gain nothing: masks of it cost alike.
  const Prepared prepared(network);
  graph::KeptCounts counts = graph::all_kept(prepared.weights);
  const double all = prepared.model().cost(counts);
  counts[{"", "depthwise.weight"}] = 1;
  EXPECT_EQ(prepared.model().cost(counts), all);
}

TEST(Predict, LayersOfUnknownSizesAreLeftOut) {
  const graph::Network network = networks::lenet_300_100(1);
  const auto nodes =
      predict_nodes(network, graph::find_weights(network), graph::infer_shapes(network));
  for (const NodeWork& node : nodes) EXPECT_NE(node.kind, WorkKind::kGatheredTaps) << node.node;
}

}  // namespace
}  // namespace gcompress::engine

// Costs of what is kept, against the costs of networks with zeros.
#include "gcompress/core/graph/cost_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/masks.h"
#include "tests/prune/networks.h"

namespace gcompress::graph {
namespace {

// The networks have a batch of 2.

TEST(CostModel, ParametersAreCounted) {
  const std::vector<Weight> weights = find_weights(testing::small_resnet(1));
  KeptCounts counts = all_kept(weights);
  EXPECT_EQ(parameter_cost().cost(counts), 72 + 8 + 144 + 8 + 50);
  counts.begin()->second -= 5;
  EXPECT_EQ(parameter_cost().cost(counts), 277);
}

TEST(CostModel, FlopsAreThoseOfTheNetworkWithZeros) {
  const Network network = testing::small_resnet(2);
  const std::vector<Weight> weights = find_weights(network);
  const InferredShapes shapes = infer_shapes(network, concrete_input_shapes(network, 1, 6));
  const CostModel model = flop_cost(network, weights, shapes);
  KeptCounts counts = all_kept(weights);
  EXPECT_EQ(model.cost(counts), static_cast<double>(cost(network, weights, shapes).flops));
  Masks masks;
  for (const Weight& weight : weights) {
    if (!weight.prunable) continue;
    Mask mask(weight.value.shape(), true);
    for (std::int64_t i = 0; i < mask.size(); i += 3) mask.set(i, false);
    counts[weight.id] = mask.kept();
    masks[weight.id] = std::move(mask);
  }
  const Network masked = apply_masks(network, masks);
  const NetworkCost expected = cost(masked, find_weights(masked), shapes);
  // Each layer's count is rounded there.
  EXPECT_NEAR(model.cost(counts), static_cast<double>(expected.nonzero_flops), 6);
}

TEST(CostModel, AWeightReadAtManyPositionsCostsMore) {
  const Network network = testing::small_resnet(2);
  const std::vector<Weight> weights = find_weights(network);
  const InferredShapes shapes = infer_shapes(network, concrete_input_shapes(network, 1, 6));
  const CostModel model = flop_cost(network, weights, shapes);
  const KeptCounts all = all_kept(weights);
  const auto cost_of = [&](const std::string& layer) {
    for (const Weight& weight : weights) {
      if (weight.layer == layer && weight.prunable) return model.per_element(all, weight.id);
    }
    return -1.0;
  };
  EXPECT_DOUBLE_EQ(cost_of("c1"), 2 * 2 * 36);
  EXPECT_DOUBLE_EQ(cost_of("fc"), 2 * 2);
}

TEST(CostModel, WeightsOutsideCostNothing) {
  const Network network = testing::small_resnet(2);
  const std::vector<Weight> weights = find_weights(network);
  const InferredShapes shapes = infer_shapes(network, concrete_input_shapes(network, 1, 6));
  const CostModel model = flop_cost(network, weights, shapes);
  KeptCounts counts = all_kept(weights);
  const double before = model.cost(counts);
  for (const Weight& weight : weights) {
    if (weight.layer == "c1") counts.erase(weight.id);
  }
  EXPECT_DOUBLE_EQ(before - model.cost(counts), 2 * 2 * 36 * 72);
}

TEST(CostModel, BytesHaveTheEntropyOfThePlaces) {
  const std::vector<Weight> weights = find_weights(testing::medium_mlp(1));
  KeptCounts counts;
  counts[weights[0].id] = 800;  // of 8,000
  const double entropy = -(0.1 * std::log2(0.1) + 0.9 * std::log2(0.9));
  EXPECT_NEAR(byte_cost(weights).cost(counts), 800 * 4 + 8000 * entropy / 8, 1e-6);
}

}  // namespace
}  // namespace gcompress::graph

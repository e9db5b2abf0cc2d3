// One-shot pruning: the target is met to the parameter, and the network stays what its masks say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/prune/prune.h"
#include "gcompress/prune/search.h"
#include "tests/prune/networks.h"

namespace gcompress::prune {
namespace {

std::int64_t kept_in_layers(const PruneResult& result) {
  std::int64_t kept = 0;
  for (const LayerKept& layer : result.layers) {
    if (!layer.outside) kept += layer.kept;
  }
  return kept;
}

// Nonzero elements of what the masks keep and of all else.
std::int64_t nonzeros(const graph::Network& network) {
  std::int64_t count = 0;
  for (const graph::Weight& weight : graph::find_weights(network)) {
    for (const float value : to_float32(weight.value)) count += value != 0 ? 1 : 0;
  }
  return count;
}

TEST(OneShot, KeepsExactlyTheTargetWhereNoChannelDies) {
  const graph::Network network = testing::medium_mlp(3);
  for (const double target : {0.9, 0.7, 0.5}) {
    const PruneOptions options = {.target = target};
    const Plan plan = make_plan(network, options);
    const PruneResult result = prune_one_shot(network, plan, options);
    EXPECT_EQ(result.dead_channels, 0);
    EXPECT_EQ(result.kept, plan.budget);
    EXPECT_EQ(result.kept, kept_in_layers(result));
    EXPECT_EQ(result.kept, nonzeros(result.network));
  }
}

TEST(OneShot, NeverKeepsMoreAndLessOnlyByDeadChannels) {
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    for (const graph::Network& network :
         {testing::medium_mlp(seed), testing::small_life(seed), testing::small_resnet(seed)}) {
      for (const char* name : {"global", "uniform"}) {
        for (const char* row : {"magnitude", "random"}) {
          for (const double target : {0.2, 0.1, 0.05, 0.02}) {
            const PruneOptions options = {
                .target = target, .criterion = row, .allocation = name, .seed = seed};
            const Plan plan = [&]() -> Plan {
              try {
                return make_plan(network, options);
              } catch (const Error&) {  // a floor or a norm that must stay
                return {};
              }
            }();
            if (plan.weights.empty()) continue;
            const PruneResult result = [&]() -> PruneResult {
              try {
                return prune_one_shot(network, plan, options);
              } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::kUsage);
                return {};
              }
            }();
            EXPECT_LE(result.kept, plan.budget);
            EXPECT_EQ(result.kept, kept_in_layers(result));
            EXPECT_GE(result.kept, nonzeros(result.network));
            if (result.kept < plan.budget && !result.layers.empty()) {
              EXPECT_GT(result.dead_channels, 0) << name << row << target;
            }
          }
        }
      }
    }
  }
}

TEST(OneShot, KeepsTheLargestPrefixThatFits) {
  const graph::Network network = testing::small_life(4);
  const PruneOptions options = {.target = 25.0 / 253};
  const Plan plan = make_plan(network, options);
  ASSERT_EQ(plan.budget, 25);
  const PruneResult result = prune_one_shot(network, plan, options);
  AllocateInputs inputs = allocate_inputs(plan, options);
  inputs.score = criterion("magnitude").make({});
  const Allocator allocate = allocation("global").prepare(inputs);
  std::int64_t longest = 0;
  std::int64_t effective = 0;
  for (std::int64_t keep = 3; keep <= 231; ++keep) {
    const std::int64_t kept = graph::fold_dead_channels(network, allocate(keep).masks).kept;
    if (kept <= 25) {
      longest = keep;
      effective = kept;
    }
  }
  EXPECT_GT(longest, 3);
  EXPECT_EQ(result.kept, effective);
  EXPECT_GT(result.dead_channels, 0);
}

TEST(OneShot, AFullTargetChangesNothing) {
  const graph::Network network = testing::small_resnet(2);
  const PruneOptions options = {.target = 1};
  const PruneResult result = prune_one_shot(network, make_plan(network, options), options);
  EXPECT_EQ(result.kept, 282);
  for (const graph::Initializer& initializer : network.graph.initializers) {
    EXPECT_TRUE(
        identical(initializer.value, result.network.graph.initializer(initializer.name)->value));
  }
}

TEST(OneShot, NoLayerIsPrunedToNothing) {
  graph::Network network = testing::medium_mlp(3);
  Tensor& last = network.graph.initializer("l3.weight")->value;
  std::vector<float> tiny = to_float32(last);
  for (float& value : tiny) value *= 1e-6F;
  last = Tensor::from<float>(last.shape(), tiny);
  const PruneOptions options = {.target = 0.5, .criterion = "raw-magnitude", .floor_count = 20};
  const PruneResult result = prune_one_shot(network, make_plan(network, options), options);
  const auto layer = std::ranges::find(result.layers, "l3.weight",
                                       [](const LayerKept& each) { return each.id.tensor; });
  EXPECT_EQ(layer->kept, 20);
  EXPECT_TRUE(layer->floored);
  EXPECT_EQ(std::ranges::count(result.layers, true, &LayerKept::floored), 1);
}

TEST(OneShot, ScalesThatABatchNormUndoesChangeNoMask) {
  // Scaling a kernel's output channel up and its norm's scale down changes nothing it computes.
  const graph::Network network = testing::small_resnet(5);
  graph::Network scaled = network;
  const auto multiply = [&](const std::string& name, std::size_t begin, std::size_t end, float by) {
    Tensor& tensor = scaled.graph.initializer(name)->value;
    std::vector<float> values = to_float32(tensor);
    for (std::size_t i = begin; i < end; ++i) values[i] *= by;
    tensor = Tensor::from<float>(tensor.shape(), values);
  };
  multiply("c1.weight", 0, 18, 1024.0F);  // exact in floating point
  multiply("n1.mean", 0, 1, 1024.0F);
  multiply("n1.scale", 0, 1, 1 / 1024.0F);
  for (const char* row : {"magnitude", "folded-magnitude"}) {
    const PruneOptions options = {.target = 0.4, .criterion = row};
    const auto masks = prune_one_shot(network, make_plan(network, options), options).masks;
    const auto other = prune_one_shot(scaled, make_plan(scaled, options), options).masks;
    EXPECT_EQ(masks, other) << row;
  }
}

TEST(OneShot, ExcludedLayersStayAsTheyAreAndAreListed) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options = {.target = 0.1, .exclude = {"l1*"}};
  const Plan plan = make_plan(network, options);
  const PruneResult result = prune_one_shot(network, plan, options);
  EXPECT_LE(result.kept, plan.budget);
  EXPECT_TRUE(identical(network.graph.initializer("l1.weight")->value,
                        result.network.graph.initializer("l1.weight")->value));
  EXPECT_EQ(result.layers.size(), 6U);
  EXPECT_EQ(std::ranges::count(result.layers, true, &LayerKept::outside), 2);
}

TEST(OneShot, CurvatureNeedsTraining) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options = {.target = 0.1, .criterion = "curvature"};
  EXPECT_THROW(prune_one_shot(network, make_plan(network, options), options), Error);
}

TEST(OneShot, TheSameSeedGivesTheSameRandomMask) {
  const graph::Network network = testing::medium_mlp(3);
  PruneOptions options = {.target = 0.3, .criterion = "random", .seed = 4};
  const Plan plan = make_plan(network, options);
  const auto masks = prune_one_shot(network, plan, options).masks;
  EXPECT_EQ(masks, prune_one_shot(network, plan, options).masks);
  options.seed = 5;
  EXPECT_NE(masks, prune_one_shot(network, plan, options).masks);
}

}  // namespace
}  // namespace gcompress::prune

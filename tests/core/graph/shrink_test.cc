// Removing channels computes what masking them does: random channels of small networks, against a
// naive interpreter.
#include "gcompress/core/graph/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/random.h"
#include "gcompress/core/graph/channel_costs.h"
#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/dead_channels.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/topology.h"
#include "tests/core/graph/channel_networks.h"
#include "tests/support/naive_runner.h"

namespace gcompress::graph {
namespace {

using testing::NaiveTensor;
using testing::NetworkBuilder;

NaiveTensor output_of(const Network& network) {
  const Value& input = network.graph.inputs.front();
  NaiveTensor x;
  for (const Dimension& dimension : *input.shape) x.shape.push_back(dimension.size);
  RandomStream random(3, "test input");
  x.values.resize(static_cast<std::size_t>(element_count(x.shape)));
  for (double& value : x.values) value = random.normal();
  return testing::run_naively(network, {{input.name, x}}).at(network.graph.outputs[0].name);
}

// The interpreter adds doubles: only the order of sums differs, and constants are float32.
void expect_same_outputs(const Network& a, const Network& b, const std::string& what) {
  const NaiveTensor left = output_of(a);
  const NaiveTensor right = output_of(b);
  ASSERT_EQ(left.shape, right.shape) << what;
  double largest = 1;
  for (const double value : left.values) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < left.values.size(); ++i) {
    ASSERT_NEAR(left.values[i], right.values[i], 1e-5 * largest) << what << ", element " << i;
  }
}

// Any channels, but each group keeps its floor.
ChannelSet random_channels(const ChannelGroups& groups, double share, RandomStream& random) {
  ChannelSet gone(static_cast<std::size_t>(groups.channels), false);
  for (const ChannelGroup& group : groups.groups) {
    if (!group.removable()) continue;
    std::int64_t kept = group.channels;
    for (std::int64_t c = 0; c < group.channels; ++c) {
      if (kept == group.floor || random.uniform() >= share) continue;
      gone[static_cast<std::size_t>(group.first + c)] = true;
      --kept;
    }
  }
  return gone;
}

TEST(Shrink, RemovedChannelsAreMaskedChannels) {
  for (const auto& [name, make] : testing::channel_networks()) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Network network = make(seed);
      const std::vector<Weight> weights = find_weights(network);
      const ChannelGroups groups = find_channel_groups(network, weights);
      ASSERT_GT(groups.channels, 0) << name;
      RandomStream random(seed, "test channels");
      const ChannelSet gone =
          random_channels(groups, 0.1 + 0.04 * static_cast<double>(seed), random);
      const Network masked = apply_masks(network, masks_of(groups, gone));
      Network removed = remove_channels(network, groups, gone);
      EXPECT_NO_THROW(check_and_sort(removed)) << name;
      expect_same_outputs(masked, removed, name + ", seed " + std::to_string(seed));
    }
  }
}

TEST(Shrink, CostsWithoutMakingTheNetworkAreThoseOfTheNetwork) {
  for (const auto& [name, make] : testing::channel_networks()) {
    const Network network = make(1);
    const std::vector<Weight> weights = find_weights(network);
    const ChannelGroups groups = find_channel_groups(network, weights);
    RandomStream random(5, "test channels");
    const ChannelSet gone = random_channels(groups, 0.5, random);
    const ChannelCosts costs(network, groups, weights, {}, infer_shapes(network));
    const Network removed = remove_channels(network, groups, gone);
    const NetworkCost true_cost = cost(removed, find_weights(removed), infer_shapes(removed));
    EXPECT_EQ(costs.without(gone).parameters, true_cost.parameters) << name;
    EXPECT_EQ(costs.without(gone).flops, true_cost.flops) << name;
  }
}

TEST(Shrink, PaddingOfWhatIsGoneGoesToo) {
  const Network network = testing::widening(1);
  const ChannelGroups groups = find_channel_groups(network, find_weights(network));
  ChannelSet gone(static_cast<std::size_t>(groups.channels), false);
  for (const ChannelGroup& group : groups.groups) {
    for (std::int64_t c = 0; c < group.channels && group.floor == 0; ++c) {
      gone[static_cast<std::size_t>(group.first + c)] = true;
    }
  }
  const Network removed = remove_channels(network, groups, gone);
  EXPECT_TRUE(std::ranges::none_of(removed.graph.nodes,
                                   [](const Node& node) { return node.op_type == "Pad"; }));
  EXPECT_EQ(removed.graph.initializer("pads"), nullptr);
  expect_same_outputs(apply_masks(network, masks_of(groups, gone)), removed, "no padding left");
}

TEST(Shrink, DeclaredShapesFollow) {
  Network network = testing::chain(1);
  network.graph.values.push_back(make_value("c1", DataType::kFloat32, {2, 6, 6, 6}));
  const ChannelGroups groups = find_channel_groups(network, find_weights(network));
  ChannelSet gone(static_cast<std::size_t>(groups.channels), false);
  gone[0] = gone[1] = true;
  const Network removed = remove_channels(network, groups, gone);
  EXPECT_EQ((*removed.graph.values[0].shape)[1].size, 4);
}

TEST(Shrink, TheWeightsOfTheNetworkAtHandAreTaken) {
  const Network network = testing::chain(1);
  const Network other = testing::chain(2);
  const ChannelGroups groups = find_channel_groups(network, find_weights(network));
  ChannelSet gone(static_cast<std::size_t>(groups.channels), false);
  gone[2] = true;
  expect_same_outputs(apply_masks(other, masks_of(groups, gone)),
                      remove_channels(other, groups, gone), "other weights");
}

TEST(Shrink, MasksOfWhatStaysFollow) {
  const Network network = testing::chain(1);
  const ChannelGroups groups = find_channel_groups(network, find_weights(network));
  ChannelSet gone(static_cast<std::size_t>(groups.channels), false);
  gone[0] = true;
  Mask mask({5, 6, 3, 3}, true);
  mask.set(0, false);  // goes with channel 0 of c1
  mask.set(9, false);  // tap 0 of channel 1
  const Masks kept = remove_channels(Masks{{{{}, "c2.weight"}, mask}}, groups, gone);
  const Mask& rest = kept.at({{}, "c2.weight"});
  EXPECT_EQ(rest.shape(), (Shape{5, 5, 3, 3}));
  EXPECT_FALSE(rest.test(0));
  EXPECT_EQ(rest.kept(), rest.size() - 1);
}

TEST(Shrink, ChannelsThatUnstructuredPruningLeftDeadGo) {
  const Network network = testing::residual(4);
  Mask mask({6, 4, 3, 3}, true);  // nobody reads channels 1 and 2 of c2
  for (std::int64_t i = 0; i < mask.size(); ++i) {
    const std::int64_t channel = i / 9 % 4;
    mask.set(i, channel != 1 && channel != 2);
  }
  const FoldedNetwork folded = fold_dead_channels(network, {{{{}, "c3.weight"}, mask}});
  const ShrunkNetwork shrunk = shrink_dead_channels(folded.network, folded.masks);
  EXPECT_EQ(shrunk.channels_removed, 2);
  EXPECT_EQ(shrunk.network.graph.initializer("c2.weight")->value.shape(), (Shape{2, 6, 3, 3}));
  expect_same_outputs(folded.network, shrunk.network, "dead channels");
}

TEST(Shrink, ChannelsWithoutInputsGoWhereTheirConstantCanMoveOn) {
  const Network network = testing::flattened(2);
  Mask mask({45, 7}, true);  // neurons 0 and 6 of l1 read nothing: tanh of their biases is left
  for (std::int64_t i = 0; i < mask.size(); ++i) mask.set(i, i % 7 != 0 && i % 7 != 6);
  const Masks masks{{{{}, "l1.weight"}, mask}};
  const FoldedNetwork folded = fold_dead_channels(network, masks);
  const ShrunkNetwork shrunk = shrink_dead_channels(folded.network, folded.masks);
  EXPECT_EQ(shrunk.channels_removed, 2);
  expect_same_outputs(apply_masks(network, masks), shrunk.network, "folded");
}

TEST(Shrink, ALayerThatDiedWholeKeepsOneChannel) {
  const Network network = testing::residual(4);
  const Masks masks{{{{}, "c3.weight"}, Mask({6, 4, 3, 3}, false)}};
  const FoldedNetwork folded = fold_dead_channels(network, masks);
  const ShrunkNetwork shrunk = shrink_dead_channels(folded.network, folded.masks);
  EXPECT_EQ(shrunk.network.graph.initializer("c2.weight")->value.shape(), (Shape{1, 6, 3, 3}));
  expect_same_outputs(folded.network, shrunk.network, "one left");
}

}  // namespace
}  // namespace gcompress::graph

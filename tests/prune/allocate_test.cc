// Allocations against sorting, ties, floors and budgets at their edges.
#include "gcompress/prune/allocate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/prune/layers.h"

namespace gcompress::prune {
namespace {

using testing::make_layer;
using testing::random_values;

ScoreFunction magnitude() { return criterion("raw-magnitude").make({}); }

AllocateInputs inputs_of(const std::vector<graph::Weight>& layers) {
  AllocateInputs inputs;
  for (const graph::Weight& layer : layers) {
    inputs.weights.push_back(&layer);
    inputs.costs[layer.id] = 1 + static_cast<double>(layer.size() % 7);
    inputs.sensitivity[layer.id] = {{0.5, 0.01},
                                    {0.1, 0.1 + 1.0 / static_cast<double>(layer.size())}};
  }
  inputs.score = magnitude();
  return inputs;
}

std::int64_t kept_in(const graph::Masks& masks) {
  std::int64_t kept = 0;
  for (const auto& [id, mask] : masks) kept += mask.kept();
  return kept;
}

// The global choice by sorting: scores falling, then order.
graph::Masks by_sorting(const std::vector<graph::Weight>& layers, std::int64_t keep) {
  std::vector<std::pair<float, std::pair<std::size_t, std::int64_t>>> all;
  graph::Masks masks;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    masks[layers[layer].id] = graph::Mask(layers[layer].value.shape(), false);
    for (std::int64_t i = 0; i < layers[layer].size(); ++i) {
      const float value = layers[layer].value.as<float>()[static_cast<std::size_t>(i)];
      all.push_back({-std::fabs(value), {layer, i}});
    }
  }
  std::ranges::sort(all);
  for (std::int64_t i = 0; i < keep; ++i) {
    const auto [layer, element] = all[static_cast<std::size_t>(i)].second;
    masks[layers[layer].id].set(element, true);
  }
  return masks;
}

std::vector<graph::Weight> layers_of(const std::vector<std::int64_t>& sizes, int digits) {
  std::vector<graph::Weight> layers;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::vector<float> values = random_values(sizes[i], i);
    if (digits > 0) {  // rounded: many ties
      for (float& value : values) value = std::round(value * static_cast<float>(digits));
    }
    const std::string name(1, static_cast<char>('a' + i));
    layers.push_back(make_layer(name, {sizes[i]}, std::move(values), -1));
  }
  return layers;
}

TEST(GlobalAllocation, KeepsWhatSortingWouldKeep) {
  for (const int digits : {0, 100, 2}) {
    const auto layers = layers_of({1000, 1, 8193, 64, 20000}, digits);
    const Allocator allocate = allocation("global").prepare([&] {
      AllocateInputs inputs = inputs_of(layers);
      inputs.floor_count = 0;
      return inputs;
    }());
    for (const std::int64_t keep : {0, 1, 2, 777, 14000, 29257, 29258}) {
      const Allocation result = allocate(keep);
      EXPECT_EQ(result.masks, by_sorting(layers, keep)) << digits << ", " << keep;
      EXPECT_EQ(result.kept, keep);
      EXPECT_TRUE(result.floored.empty());
    }
  }
}

TEST(GlobalAllocation, PrefixesAreNested) {
  const auto layers = layers_of({300, 500}, 3);
  AllocateInputs inputs = inputs_of(layers);
  inputs.floor_count = 0;
  const Allocator allocate = allocation("global").prepare(inputs);
  graph::Masks before = allocate(0).masks;
  for (std::int64_t keep = 1; keep <= 800; ++keep) {
    const graph::Masks masks = allocate(keep).masks;
    for (const auto& [id, mask] : before) {
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        ASSERT_LE(mask.test(i), masks.at(id).test(i));
      }
    }
    before = masks;
  }
}

TEST(GlobalAllocation, AllZeroWeightsGoByOrder) {
  const std::vector<graph::Weight> layers = {
      make_layer("a", {100}, std::vector<float>(100, 0.0F), -1),
      make_layer("b", {100}, std::vector<float>(100, -0.0F), -1)};
  const Allocation result = allocation("global").prepare(inputs_of(layers))(60);
  // The floor gives b one; a has the other 59, the first ones.
  EXPECT_EQ(result.masks.at({"", "a"}).kept(), 59);
  EXPECT_TRUE(result.masks.at({"", "a"}).test(58));
  EXPECT_TRUE(result.masks.at({"", "b"}).test(0));
  EXPECT_EQ(result.floored, (std::vector<graph::WeightId>{{"", "b"}}));
}

TEST(GlobalAllocation, TheFloorHoldsAndTheCountStaysExact) {
  auto layers = layers_of({1000, 1000, 50, 1}, 0);
  std::vector<float> tiny = random_values(1000, 9);
  for (float& value : tiny) value *= 1e-6F;
  layers[1].value = Tensor::from<float>({1000}, tiny);
  AllocateInputs inputs = inputs_of(layers);
  inputs.floor_count = 3;
  inputs.floor_share = 0.02;
  const Allocator allocate = allocation("global").prepare(inputs);
  const AllocationLimits limits = allocation_limits(inputs);
  EXPECT_EQ(limits.least, 20 + 20 + 3 + 1);
  EXPECT_EQ(limits.most, 2051);
  for (const std::int64_t keep : {44, 45, 100, 1000, 1100, 2051}) {
    const Allocation result = allocate(keep);
    EXPECT_EQ(kept_in(result.masks), keep);
    EXPECT_GE(result.masks.at({"", "b"}).kept(), 20);
    EXPECT_GE(result.masks.at({"", "d"}).kept(), 1);
  }
  const Allocation tight = allocate(100);
  EXPECT_EQ(tight.masks.at({"", "b"}).kept(), 20);
  EXPECT_TRUE(std::ranges::find(tight.floored, graph::WeightId{"", "b"}) != tight.floored.end());
  // What the floor keeps is the layer's best.
  EXPECT_EQ(tight.masks.at({"", "b"}), by_sorting({layers[1]}, 20).at({"", "b"}));
}

TEST(GlobalAllocation, BudgetsBeyondTheLimitsAreClamped) {
  const auto layers = layers_of({10, 10}, 0);
  const Allocator allocate = allocation("global").prepare(inputs_of(layers));
  EXPECT_EQ(allocate(0).kept, 2);
  EXPECT_EQ(allocate(1000).kept, 20);
}

TEST(GlobalAllocation, NaNScoresCountAsZero) {
  std::vector<float> values = random_values(100, 1);
  values[7] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<graph::Weight> layers = {make_layer("a", {100}, values, -1)};
  const Allocation result = allocation("global").prepare(inputs_of(layers))(99);
  EXPECT_EQ(result.masks.at({"", "a"}).kept(), 99);
  EXPECT_FALSE(result.masks.at({"", "a"}).test(7));
}

TEST(UniformAllocation, KeepsTheSameShareOfEveryLayer) {
  const auto layers = layers_of({1000, 500, 37, 4}, 0);
  const Allocator allocate = allocation("uniform").prepare(inputs_of(layers));
  for (std::int64_t keep = 4; keep <= 1541; keep += 13) {
    const Allocation result = allocate(keep);
    EXPECT_EQ(kept_in(result.masks), keep);
    EXPECT_EQ(result.kept, keep);
    for (const graph::Weight& layer : layers) {
      const double share = static_cast<double>(keep * layer.size()) / 1541.0;
      // One for the remainder, and what the floors of small layers cost the others.
      EXPECT_NEAR(static_cast<double>(result.masks.at(layer.id).kept()), share, 4);
      EXPECT_EQ(result.masks.at(layer.id),
                by_sorting({layer}, result.masks.at(layer.id).kept()).at(layer.id));
    }
  }
}

TEST(Allocations, WhatIsRemovedStaysRemoved) {
  for (const AllocationRow& row : allocations()) {
    const auto layers = layers_of({1000, 333, 90}, 4);
    graph::Masks within;
    std::vector<graph::Masks> history;
    for (const std::int64_t keep : {1000, 500, 120, 30, 3}) {
      AllocateInputs inputs = inputs_of(layers);
      inputs.within = &within;
      // The values move between updates.
      for (const graph::Weight& layer : layers) {
        inputs.values[layer.id] = Tensor::from<float>(
            layer.value.shape(), random_values(layer.size(), static_cast<std::uint64_t>(keep)));
      }
      const Allocation result = row.prepare(inputs)(keep);
      EXPECT_EQ(kept_in(result.masks), keep) << row.name;
      for (const auto& [id, mask] : result.masks) {
        if (!within.contains(id)) continue;
        for (std::int64_t i = 0; i < mask.size(); ++i) {
          ASSERT_LE(mask.test(i), within.at(id).test(i)) << row.name;
        }
      }
      within = result.masks;
    }
  }
}

TEST(Allocations, AnUnknownNameIsAnErrorThatListsTheNames) {
  try {
    allocation("globe");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.remedy().find("global, uniform"), std::string::npos);
  }
}

}  // namespace
}  // namespace gcompress::prune

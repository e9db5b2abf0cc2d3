// Patterns with every criterion and allocation; blocks and N:M against naive choices.
#include "gcompress/prune/pattern_units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/prune/prune.h"
#include "tests/prune/layers.h"
#include "tests/prune/networks.h"

namespace gcompress::prune {
namespace {

using graph::parse_pattern;

graph::Weight layer_of(const std::string& name, Shape shape, std::uint64_t seed) {
  std::int64_t size = 1;
  for (const std::int64_t each : shape) size *= each;
  graph::Weight layer =
      testing::make_layer(name, std::move(shape), testing::random_values(size, seed), 0);
  layer.input_axis = 1;
  return layer;
}

AllocateInputs inputs_of(const std::vector<graph::Weight>& layers) {
  AllocateInputs inputs;
  for (const graph::Weight& layer : layers) {
    inputs.weights.push_back(&layer);
    inputs.costs[layer.id] = 2;
    inputs.sensitivity[layer.id] = {{0.5, 0.1}, {0.1, 1}};
  }
  inputs.score = criterion("raw-magnitude").make({});
  return inputs;
}

TEST(PatternUnits, EveryAllocationKeepsToEveryPattern) {
  const std::vector<graph::Weight> layers = {layer_of("a", {16, 8, 3, 3}, 1),
                                             layer_of("b", {20, 33}, 2), layer_of("c", {9, 64}, 3)};
  for (const char* name : {"1x4", "4x1", "1x8", "2:4", "1:4", "4:8", "4:2:20", "8:1:16"}) {
    const graph::Pattern pattern = parse_pattern(name);
    for (const AllocationRow& row : allocations()) {
      const PreparedAllocation prepared =
          prepare_allocation(row, inputs_of(layers), {.pattern = pattern});
      std::int64_t before = 0;
      for (const std::int64_t keep : {60, 200, 700}) {
        const Allocation result = prepared.allocate(keep);
        std::int64_t kept = 0;
        for (const graph::Weight& layer : layers) {
          EXPECT_TRUE(follows(pattern, layer, result.masks.at(layer.id))) << name << row.name;
          kept += result.masks.at(layer.id).kept();
        }
        EXPECT_EQ(kept, result.kept) << name << row.name;
        EXPECT_LE(kept, std::max(keep, prepared.limits.least)) << name << row.name;
        EXPECT_GE(kept, before);
        before = kept;
      }
    }
  }
}

TEST(PatternUnits, BlocksOfTheLargestNormStay) {
  const std::vector<graph::Weight> layers = {layer_of("a", {6, 10}, 5)};
  const auto values = layers[0].value.as<float>();
  std::vector<std::pair<float, std::int64_t>> blocks;
  for (std::int64_t row = 0; row < 6; ++row) {
    for (std::int64_t column = 0; column < 10; column += 2) {
      const float a = values[static_cast<std::size_t>(row * 10 + column)];
      const float b = values[static_cast<std::size_t>(row * 10 + column + 1)];
      blocks.emplace_back(-(a * a + b * b), row * 10 + column);
    }
  }
  std::ranges::sort(blocks);
  graph::Mask expected({6, 10}, false);
  for (std::size_t i = 0; i < 7; ++i) {
    expected.set(blocks[i].second, true);
    expected.set(blocks[i].second + 1, true);
  }
  const PreparedAllocation prepared = prepare_allocation(allocation("global"), inputs_of(layers),
                                                         {.pattern = parse_pattern("1x2")});
  EXPECT_EQ(prepared.allocate(15).masks.at(layers[0].id), expected);  // 7 blocks and one too few
}

TEST(PatternUnits, TwoOfFourKeepsTheTwoLargest) {
  const std::vector<graph::Weight> layers = {layer_of("a", {7, 12}, 6)};
  const auto values = layers[0].value.as<float>();
  graph::Mask expected({7, 12}, false);
  for (std::int64_t group = 0; group < 84; group += 4) {
    std::vector<std::pair<float, std::int64_t>> order;
    for (std::int64_t i = group; i < group + 4; ++i) {
      order.emplace_back(-std::fabs(values[static_cast<std::size_t>(i)]), i);
    }
    std::ranges::sort(order);
    expected.set(order[0].second, true);
    expected.set(order[1].second, true);
  }
  const PreparedAllocation prepared = prepare_allocation(allocation("global"), inputs_of(layers),
                                                         {.pattern = parse_pattern("2:4")});
  EXPECT_EQ(prepared.limits.most, 42);
  EXPECT_EQ(prepared.allocate(84).masks.at(layers[0].id), expected);
}

TEST(PatternUnits, APatternFallsIntoPlaceAlongTheSchedule) {
  const std::vector<graph::Weight> layers = {layer_of("a", {4, 16}, 7)};
  for (const auto& [density, most] : std::vector<std::pair<double, std::int64_t>>{
           {1.0, 64}, {0.75, 48}, {0.6, 48}, {0.3, 32}, {0.0, 32}}) {
    const PreparedAllocation prepared =
        prepare_allocation(allocation("global"), inputs_of(layers),
                           {.pattern = parse_pattern("2:4"), .density = density});
    EXPECT_EQ(prepared.limits.most, most) << density;
  }
}

TEST(PatternUnits, WhatWasRemovedStaysRemoved) {
  const std::vector<graph::Weight> layers = {layer_of("a", {8, 16}, 8)};
  for (const char* name : {"1x4", "2:4", "4:2:8"}) {
    graph::Masks within;
    within[layers[0].id] = graph::Mask({8, 16}, false);
    for (std::int64_t i = 0; i < 128; i += 3) within[layers[0].id].set(i, true);
    AllocateInputs inputs = inputs_of(layers);
    inputs.within = &within;
    const PreparedAllocation prepared =
        prepare_allocation(allocation("global"), inputs, {.pattern = parse_pattern(name)});
    const graph::Mask mask = prepared.allocate(40).masks.at(layers[0].id);
    for (std::int64_t i = 0; i < 128; ++i) EXPECT_LE(mask.test(i), i % 3 == 0) << name;
  }
}

TEST(PatternUnits, OneShotMeetsTheTargetInEveryPattern) {
  const graph::Network network = testing::medium_mlp(3);
  for (const char* name : {"unstructured", "1x4", "4x1", "2:4", "4:2:20"}) {
    const PruneOptions options = {.target = 0.1, .pattern = parse_pattern(name)};
    const Plan plan = make_plan(network, options);
    const PruneResult result = prune_one_shot(network, plan, options);
    EXPECT_LE(static_cast<double>(result.kept), plan.budget) << name;
    if (options.pattern.kind == graph::Pattern::Kind::kVNofM) continue;  // allows less by itself
    EXPECT_GE(static_cast<double>(result.kept), plan.budget - 8) << name;
  }
}

TEST(PatternUnits, ATargetAboveWhatThePatternAllowsKeepsWhatItAllows) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options = {.target = 0.9, .pattern = parse_pattern("2:4")};
  const PruneResult result = prune_one_shot(network, make_plan(network, options), options);
  // Two in four of the first layers; the last has 30 inputs, and both of the last two may stay.
  EXPECT_LE(result.pruned_kept, 4000 + 1200 + 160);
  EXPECT_GE(result.pruned_kept, 4000 + 1200 + 100);
}

TEST(PatternUnits, ATargetBelowOneBlockALayerSaysWhatWouldWork) {
  const graph::Network network = testing::small_resnet(3);
  try {
    make_plan(network, {.target = 0.05, .pattern = parse_pattern("1x4")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.remedy().find("would work"), std::string::npos) << error.what();
  }
}

TEST(PatternUnits, LayersThatDoNotFitStayWholeAndNoneThatFitsIsAnError) {
  const graph::Network network = testing::medium_mlp(3);
  const Plan plan = make_plan(network, {.target = 0.5, .pattern = parse_pattern("16x1")});
  ASSERT_EQ(plan.misfits.size(), 1U);  // the last layer has 10 outputs
  EXPECT_EQ(plan.weights[plan.misfits[0].first].layer, "l3");
  try {
    make_plan(network, {.target = 0.5, .pattern = parse_pattern("1x4096")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("fits the pattern"), std::string::npos);
  }
}

}  // namespace
}  // namespace gcompress::prune

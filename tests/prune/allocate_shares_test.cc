// Allocations beyond global and uniform, against naive ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/prune/allocate.h"
#include "tests/prune/layers.h"

namespace gcompress::prune {
namespace {

using testing::make_layer;
using testing::random_values;

std::vector<graph::Weight> two_layers() {
  return {make_layer("small", {4, 4, 3, 3}, random_values(144, 1), 0),
          make_layer("large", {60, 40}, random_values(2400, 2), 0)};
}

AllocateInputs inputs_of(const std::vector<graph::Weight>& layers) {
  AllocateInputs inputs;
  for (const graph::Weight& layer : layers) inputs.weights.push_back(&layer);
  inputs.score = criterion("raw-magnitude").make({});
  return inputs;
}

std::int64_t kept(const Allocation& allocation, const std::string& name) {
  return allocation.masks.at({"", name}).kept();
}

TEST(ErdosRenyiAllocation, SharesGoByTheSumsOfDimensions) {
  const auto layers = two_layers();
  const Allocation result = allocation("erk").prepare(inputs_of(layers))(57);
  EXPECT_EQ(kept(result, "small"), 7);  // 14 : 100
  EXPECT_EQ(kept(result, "large"), 50);
}

TEST(ErdosRenyiAllocation, ALayerThatIsFullGivesTheRestToOthers) {
  const auto layers = two_layers();
  const Allocation result = allocation("erk").prepare(inputs_of(layers))(2000);
  EXPECT_EQ(kept(result, "small"), 144);
  EXPECT_EQ(kept(result, "large"), 1856);
}

// LAMP as its paper defines it, by sorting each layer.
graph::Masks naive_lamp(const std::vector<graph::Weight>& layers, std::int64_t keep) {
  std::vector<std::tuple<double, std::size_t, std::int64_t>> all;
  graph::Masks masks;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    const auto values = layers[layer].value.as<float>();
    std::vector<std::int64_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    const auto square = [&](std::int64_t i) {
      const double value = values[static_cast<std::size_t>(i)];
      return value * value;
    };
    std::ranges::sort(order, [&](auto a, auto b) { return square(a) > square(b); });
    double sum = 0;
    for (const std::int64_t i : order) {
      sum += square(i);
      all.emplace_back(-square(i) / sum, layer, i);
    }
    masks[layers[layer].id] = graph::Mask(layers[layer].value.shape(), false);
  }
  std::ranges::sort(all);
  for (std::int64_t i = 0; i < keep; ++i) {
    const auto& [score, layer, element] = all[static_cast<std::size_t>(i)];
    masks[layers[layer].id].set(element, true);
  }
  return masks;
}

TEST(LampAllocation, KeepsWhatThePaperWouldKeep) {
  const auto layers = two_layers();
  for (const std::int64_t keep : {20, 100, 500, 2000}) {
    const Allocation result = allocation("lamp").prepare(inputs_of(layers))(keep);
    const graph::Masks naive = naive_lamp(layers, keep);
    // Sums are told apart to 1 in 128, so shares of layers may differ by that.
    const std::int64_t expected = naive.at({"", "small"}).kept();
    EXPECT_NEAR(static_cast<double>(kept(result, "small")), static_cast<double>(expected),
                1 + static_cast<double>(expected) / 64);
    EXPECT_EQ(kept(result, "small") + kept(result, "large"), keep);
  }
}

TEST(LampAllocation, DoesNotCareForTheScaleOfALayer) {
  auto layers = two_layers();
  const Allocation before = allocation("lamp").prepare(inputs_of(layers))(300);
  std::vector<float> scaled = to_float32(layers[1].value);
  for (float& value : scaled) value *= 1024;  // a power of two: the same digits
  layers[1].value = Tensor::from<float>({60, 40}, scaled);
  const Allocation after = allocation("lamp").prepare(inputs_of(layers))(300);
  EXPECT_EQ(before.masks, after.masks);
}

TEST(CostAllocation, DearElementsMustScoreMore) {
  const std::vector<graph::Weight> layers = {
      make_layer("dear", {4}, {1.0F, 2.0F, 3.0F, 4.0F}, -1),
      make_layer("cheap", {4}, {1.0F, 2.0F, 3.0F, 4.0F}, -1)};
  AllocateInputs inputs = inputs_of(layers);
  inputs.costs = {{{"", "dear"}, 4.0}, {{"", "cheap"}, 1.0}};  // scores are halved
  const Allocation result = allocation("cost").prepare(inputs)(5);
  EXPECT_EQ(kept(result, "cheap"), 3);
  EXPECT_EQ(kept(result, "dear"), 2);
}

TEST(SensitivityAllocation, TakesFromTheLayerThatMindsLeast) {
  const std::vector<graph::Weight> layers = {make_layer("a", {100}, random_values(100, 3), -1),
                                             make_layer("b", {100}, random_values(100, 4), -1)};
  AllocateInputs inputs = inputs_of(layers);
  inputs.sensitivity = {{{"", "a"}, {{0.5, 0.001}, {0.1, 0.002}}},
                        {{"", "b"}, {{0.5, 0.1}, {0.1, 5.0}}}};
  const Allocation result = allocation("sensitivity").prepare(inputs)(110);
  EXPECT_EQ(kept(result, "a"), 10);
  EXPECT_EQ(kept(result, "b"), 100);
}

TEST(SensitivityAllocation, ALayerThatWasNotMeasuredIsAnError) {
  const auto layers = two_layers();
  EXPECT_THROW(allocation("sensitivity").prepare(inputs_of(layers))(100), Error);
}

}  // namespace
}  // namespace gcompress::prune

#include "gcompress/prune/rigging.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/prune/layers.h"
#include "tests/prune/networks.h"

namespace gcompress::prune {
namespace {

// Sorts everything: drops the smallest weights, then grows what is not active by its gradient.
graph::Mask naive_exchange(const graph::Mask& mask, const std::vector<float>& values,
                           const std::vector<float>& gradients, std::int64_t count) {
  std::vector<std::int64_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  graph::Mask result = mask;
  std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) {
    return std::fabs(values[a]) < std::fabs(values[b]);
  });
  std::int64_t dropped = 0;
  for (const std::int64_t i : order) {
    if (dropped == count) break;
    if (!result.test(i)) continue;
    result.set(i, false);
    ++dropped;
  }
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) {
    return std::fabs(gradients[a]) > std::fabs(gradients[b]);
  });
  for (const std::int64_t i : order) {
    if (dropped == 0) break;
    if (result.test(i)) continue;
    result.set(i, true);
    --dropped;
  }
  return result;
}

struct Rigged {
  graph::Network network = testing::medium_mlp(3);
  PruneOptions options = {.target = 0.1, .criterion = "random", .allocation = "erk", .seed = 5};
  Plan plan = make_plan(network, options);
  graph::Masks first = first_masks(network, plan, options);
};

TEST(Rigging, DropsAndGrowsAsTheNaiveWayAndKeepsEveryLayersCount) {
  const Rigged rigged;
  const RiggingSchedule schedule{.every = 10, .until = 0.75, .share = 0.3};
  Rigger rigger(rigged.plan, rigged.first, schedule);
  graph::Masks expected = rigged.first;
  int updates = 0;
  for (std::int64_t step = 0; step <= 100; ++step) {
    std::map<graph::WeightId, Tensor> values;
    std::map<graph::WeightId, Tensor> gradients;
    for (const auto& [id, mask] : expected) {
      auto drawn = testing::random_values(mask.size(), static_cast<std::uint64_t>(2 * step));
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        if (!mask.test(i)) drawn[static_cast<std::size_t>(i)] = 0;
      }
      values[id] = Tensor::from<float>(mask.shape(), drawn);
      gradients[id] = Tensor::from<float>(
          mask.shape(),
          testing::random_values(mask.size(), static_cast<std::uint64_t>(2 * step + 1)));
    }
    const auto masks = rigger.masks_at(step, 100, values, gradients);
    if (!masks) continue;
    ++updates;
    for (auto& [id, mask] : expected) {
      const auto count = static_cast<std::int64_t>(schedule.exchanged(step, 100) *
                                                   static_cast<double>(mask.kept()));
      mask = naive_exchange(mask, to_float32(values.at(id)), to_float32(gradients.at(id)), count);
      EXPECT_EQ(masks->at(id), mask) << graph::to_string(id) << " at step " << step;
      EXPECT_EQ(masks->at(id).kept(), rigged.first.at(id).kept());
    }
  }
  EXPECT_EQ(updates, 7);  // 10, 20, ..., 70
}

TEST(Rigging, ExchangesLessAndLessByACosine) {
  const RiggingSchedule schedule{.every = 100, .until = 0.5, .share = 0.3};
  EXPECT_NEAR(schedule.exchanged(0, 1000), 0.3, 1e-12);
  EXPECT_NEAR(schedule.exchanged(250, 1000), 0.15, 1e-12);
  EXPECT_EQ(schedule.exchanged(500, 1000), 0);
  EXPECT_FALSE(schedule.due(0, 1000));
  EXPECT_TRUE(schedule.due(400, 1000));
  EXPECT_FALSE(schedule.due(500, 1000));
}

TEST(Rigging, BeginsWithinTheTargetLargeLayersThinner) {
  const Rigged rigged;
  std::int64_t kept = 80 + 30 + 10;  // biases, those of dead channels too: they may come to life
  for (const auto& [id, mask] : rigged.first) kept += mask.kept();
  EXPECT_LE(kept, static_cast<std::int64_t>(rigged.plan.budget));
  EXPECT_GT(kept, static_cast<std::int64_t>(0.95 * rigged.plan.budget));
  const auto density = [&](const char* layer) {
    for (const std::size_t i : rigged.plan.pruned) {
      if (rigged.plan.weights[i].layer != layer) continue;
      const graph::Mask& mask = rigged.first.at(rigged.plan.weights[i].id);
      return static_cast<double>(mask.kept()) / static_cast<double>(mask.size());
    }
    return 0.0;
  };
  EXPECT_LT(density("l1"), density("l2"));
  EXPECT_LT(density("l2"), density("l3"));
}

TEST(Rigging, SharesThatMakeNoSenseAreRefused) {
  const Rigged rigged;
  EXPECT_THROW(Rigger(rigged.plan, rigged.first, {.every = 0}), Error);
  EXPECT_THROW(Rigger(rigged.plan, rigged.first, {.share = 1.5}), Error);
}

TEST(RandomMasks, KeepTheseCountsBySeed) {
  const Rigged rigged;
  std::map<graph::WeightId, std::int64_t> counts;
  for (const auto& [id, mask] : rigged.first) counts[id] = mask.kept();
  const graph::Masks masks = random_masks(rigged.plan, counts, 1);
  for (const auto& [id, mask] : masks) EXPECT_EQ(mask.kept(), counts.at(id));
  EXPECT_EQ(masks, random_masks(rigged.plan, counts, 1));
  EXPECT_NE(masks, random_masks(rigged.plan, counts, 2));
}

}  // namespace
}  // namespace gcompress::prune

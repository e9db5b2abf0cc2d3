// Surgery with a stand-in for the trainer: all weights drift, masked ones too.
#include "gcompress/prune/surgery.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/prune/layers.h"
#include "tests/prune/networks.h"

namespace gcompress::prune {
namespace {

using Values = std::map<graph::WeightId, Tensor>;

constexpr std::int64_t kSteps = 200;

Values drifted(const graph::Network& network, const Values& before, std::uint64_t seed) {
  Values after;
  for (const graph::Weight& weight : graph::find_weights(network)) {
    const auto present = before.find(weight.id);
    std::vector<float> values =
        to_float32(present == before.end() ? weight.value : present->second);
    const auto noise = testing::random_values(weight.size(), seed);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.03F * noise[i];
    after[weight.id] = Tensor::from<float>(weight.value.shape(), std::move(values));
  }
  return after;
}

SurgerySchedule schedule() {
  return {.cut = {.begin = 0.1, .end = 0.5, .every = 10}, .until = 0.9, .growth = 1.5};
}

struct Walk {
  std::vector<std::int64_t> due;
  std::int64_t returned = 0;  // elements that came back
  graph::Masks masks;
};

Walk walk(double margin) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options{.target = 0.1, .criterion = "raw-magnitude"};
  SurgeryPruner pruner(network, make_plan(network, options), options, schedule(), margin);
  Walk walk;
  Values values;
  for (std::int64_t step = 0; step <= kSteps; ++step) {
    values = drifted(network, values, static_cast<std::uint64_t>(step));
    const auto masks = pruner.masks_at(step, kSteps, values);
    if (!masks) continue;
    walk.due.push_back(step);
    for (const auto& [id, mask] : *masks) {
      const auto before = walk.masks.find(id);
      if (before == walk.masks.end()) continue;
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        walk.returned += mask.test(i) && !before->second.test(i) ? 1 : 0;
      }
    }
    walk.masks = *masks;
  }
  return walk;
}

TEST(Surgery, StridesGrowOnceTheTargetIsReached) {
  const Walk walked = walk(0.2);
  // Every 10 from 20 to 100; then strides of 10, 15, 22, ... until 180.
  EXPECT_EQ(walked.due,
            (std::vector<std::int64_t>{30, 40, 50, 60, 70, 80, 90, 100, 110, 125, 147, 180}));
}

TEST(Surgery, WeightsComeBackAndTheMarginHoldsThemOff) {
  const std::int64_t freely = walk(0).returned;
  const std::int64_t hardly = walk(0.5).returned;
  EXPECT_GT(hardly, 0);
  EXPECT_LT(hardly, freely);
}

TEST(Surgery, EndsWithinTheTarget) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options{.target = 0.1, .criterion = "raw-magnitude"};
  const Plan plan = make_plan(network, options);
  const PruneResult result = finish(network, plan, walk(0.2).masks);
  EXPECT_LE(result.cost, plan.budget);
  EXPECT_GT(result.cost, 0.9 * plan.budget);
}

TEST(Surgery, SchedulesThatMakeNoSenseAreRefused) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options{.target = 0.1};
  SurgerySchedule early = schedule();
  early.until = 0.4;
  EXPECT_THROW(SurgeryPruner(network, make_plan(network, options), options, early, 0.2), Error);
  EXPECT_THROW(SurgeryPruner(network, make_plan(network, options), options, schedule(), -1), Error);
}

}  // namespace
}  // namespace gcompress::prune

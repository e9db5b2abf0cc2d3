// Gradual pruning with a stand-in for the trainer: values drift, masks are enforced.
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/prune/prune.h"
#include "tests/prune/layers.h"
#include "tests/prune/networks.h"

namespace gcompress::prune {
namespace {

using Values = std::map<graph::WeightId, Tensor>;

TEST(CubicSchedule, FallsFromOneToTheFinalDensity) {
  const CubicSchedule schedule = {.begin = 0.1, .end = 0.6, .every = 50};
  EXPECT_EQ(schedule.density(0, 1000, 0.1), 1);
  EXPECT_EQ(schedule.density(100, 1000, 0.1), 1);
  EXPECT_NEAR(schedule.density(350, 1000, 0.1), 0.1 + 0.9 * 0.125, 1e-12);
  EXPECT_EQ(schedule.density(600, 1000, 0.1), 0.1);
  EXPECT_EQ(schedule.density(1000, 1000, 0.1), 0.1);
  double before = 1;
  for (std::int64_t step = 0; step <= 1000; ++step) {
    EXPECT_LE(schedule.density(step, 1000, 0.1), before);
    before = schedule.density(step, 1000, 0.1);
  }
}

TEST(CubicSchedule, IsDueEveryFewStepsAndAtItsEnd) {
  const CubicSchedule schedule = {.begin = 0.1, .end = 0.6, .every = 70};
  std::vector<std::int64_t> due;
  for (std::int64_t step = 0; step <= 1000; ++step) {
    if (schedule.due(step, 1000)) due.push_back(step);
  }
  EXPECT_EQ(due, (std::vector<std::int64_t>{170, 240, 310, 380, 450, 520, 590, 600}));
}

TEST(CubicSchedule, AShortFitIsDueMoreOften) {
  const CubicSchedule schedule = {.begin = 0.1, .end = 0.6, .every = 50, .least_updates = 25};
  EXPECT_EQ(schedule.stride(10000), 50);
  EXPECT_EQ(schedule.stride(2500), 50);
  EXPECT_EQ(schedule.stride(200), 4);
  EXPECT_EQ(schedule.stride(20), 1);
  int updates = 0;
  for (int step = 0; step <= 200; ++step) updates += schedule.due(step, 200) ? 1 : 0;
  EXPECT_EQ(updates, 25);
}

TEST(CubicSchedule, ShortFitsStillReachTheEnd) {
  for (const std::int64_t total : {1, 2, 3, 10}) {
    const CubicSchedule schedule;
    int last = 0;
    for (std::int64_t step = 0; step <= total; ++step) {
      last += schedule.due(step, total) && step == schedule.end_step(total) ? 1 : 0;
    }
    EXPECT_EQ(last, 1) << total;
  }
}

// Moves every value a little and zeroes what is masked.
Values drifted(const graph::Network& network, const Values& before, const graph::Masks& masks,
               std::uint64_t seed) {
  Values after;
  for (const graph::Weight& weight : graph::find_weights(network)) {
    const auto present = before.find(weight.id);
    std::vector<float> values =
        to_float32(present == before.end() ? weight.value : present->second);
    const auto noise = testing::random_values(weight.size(), seed);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.1F * noise[i];
    const Tensor moved = Tensor::from<float>(weight.value.shape(), std::move(values));
    const auto mask = masks.find(weight.id);
    after[weight.id] = mask == masks.end() ? moved : graph::masked(moved, mask->second);
  }
  return after;
}

struct Fit {
  Values values;
  graph::Masks masks;
  std::vector<std::int64_t> effective;  // after each update
  std::int64_t frozen = 0;              // effective count at the end of the schedule
};

Fit simulate(const graph::Network& network, GradualPruner& pruner, const CubicSchedule& schedule,
             std::int64_t steps, std::int64_t first = 0, Fit fit = {}) {
  const graph::DeadChannelCounter counter(network);
  for (std::int64_t step = first; step <= steps; ++step) {
    if (pruner.due(step, steps)) {
      ScoreInputs evidence;
      for (const auto& [id, value] : fit.values) {
        std::vector<float> squares = to_float32(value);
        for (float& each : squares) each = each * each + 0.01F;
        evidence.second_moments[id] = Tensor::from<float>(value.shape(), squares);
      }
      auto masks = pruner.masks_at(step, steps, fit.values, evidence);
      EXPECT_TRUE(masks.has_value());
      for (const auto& [id, mask] : fit.masks) {
        for (std::int64_t i = 0; i < mask.size(); ++i) {
          EXPECT_LE(masks->at(id).test(i), mask.test(i)) << "nothing comes back";
        }
      }
      fit.masks = *masks;
      for (auto& [id, value] : fit.values) {
        if (fit.masks.contains(id)) value = graph::masked(value, fit.masks.at(id));
      }
      fit.effective.push_back(counter.kept_parameters(fit.masks, fit.values));
      if (step == schedule.end_step(steps)) fit.frozen = fit.effective.back();
    }
    fit.values = drifted(network, fit.values, fit.masks, static_cast<std::uint64_t>(step));
  }
  return fit;
}

TEST(GradualPruner, EndsAtTheTargetAndStaysThere) {
  for (const char* row : {"magnitude", "curvature", "random"}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      for (const graph::Network& network :
           {testing::small_life(seed), testing::small_resnet(seed), testing::medium_mlp(seed)}) {
        const bool is_life = network.graph.outputs[0].name == "logits";
        const PruneOptions options = {.target = is_life ? 25.0 / 253 : 0.3, .criterion = row};
        const CubicSchedule schedule = {.begin = 0.1, .end = 0.6, .every = 5};
        const Plan plan = make_plan(network, options);
        GradualPruner pruner(network, plan, options, schedule);
        const Fit fit = simulate(network, pruner, schedule, 60);
        EXPECT_EQ(fit.effective.size(), 6U);
        EXPECT_LE(fit.frozen, plan.budget) << row;
        const graph::Network trained = graph::with_weights(network, fit.values);
        const PruneResult result = finish(trained, plan, fit.masks, pruner.floored());
        // Biases drifted after the masks froze; no channel may have come back to life.
        EXPECT_LE(result.kept, fit.frozen) << row;
        EXPECT_GT(result.kept, 0);
        EXPECT_GT(result.pruned_kept, 0);
      }
    }
  }
}

TEST(GradualPruner, BudgetsFallAlongTheSchedule) {
  const graph::Network network = testing::medium_mlp(1);
  const PruneOptions options = {.target = 0.1};
  const CubicSchedule schedule = {.begin = 0.1, .end = 0.6, .every = 5};
  const Plan plan = make_plan(network, options);
  GradualPruner pruner(network, plan, options, schedule);
  const Fit fit = simulate(network, pruner, schedule, 100);
  ASSERT_EQ(fit.effective.size(), 10U);
  for (std::size_t i = 0; i < fit.effective.size(); ++i) {
    const auto step = static_cast<std::int64_t>(15 + 5 * i);
    const double budget = schedule.density(step, 100, 1082.0 / 10820) * 10820;
    EXPECT_LE(static_cast<double>(fit.effective[i]), budget + 1e-6);
    EXPECT_GE(static_cast<double>(fit.effective[i]), 0.9 * budget);
  }
}

TEST(GradualPruner, GoesOnFromACheckpointAsIfNothingHadHappened) {
  const graph::Network network = testing::medium_mlp(2);
  const PruneOptions options = {.target = 0.1};
  const CubicSchedule schedule = {.begin = 0, .end = 0.8, .every = 7};
  const Plan plan = make_plan(network, options);
  GradualPruner whole(network, plan, options, schedule);
  const Fit expected = simulate(network, whole, schedule, 60);
  GradualPruner first(network, plan, options, schedule);
  Fit fit;
  {
    // Up to step 30 of 60, by hand: simulate() runs to the end of what it is given.
    for (std::int64_t step = 0; step < 30; ++step) {
      if (auto masks = first.masks_at(step, 60, fit.values, {})) {
        fit.masks = *masks;
        for (auto& [id, value] : fit.values) {
          if (fit.masks.contains(id)) value = graph::masked(value, fit.masks.at(id));
        }
      }
      fit.values = drifted(network, fit.values, fit.masks, static_cast<std::uint64_t>(step));
    }
  }
  GradualPruner second(network, plan, options, schedule);
  second.restore(fit.masks);
  EXPECT_EQ(simulate(network, second, schedule, 60, 30, fit).masks, expected.masks);
}

TEST(GradualPruner, NothingIsGivenWhenNothingIsDue) {
  const graph::Network network = testing::medium_mlp(2);
  const PruneOptions options = {.target = 0.1};
  GradualPruner pruner(network, make_plan(network, options), options, {});
  EXPECT_FALSE(pruner.masks_at(1, 1000, {}, {}).has_value());
}

TEST(GradualPruner, ASenselessScheduleIsAnError) {
  const graph::Network network = testing::medium_mlp(2);
  const PruneOptions options = {.target = 0.1};
  const Plan plan = make_plan(network, options);
  for (const CubicSchedule& schedule :
       {CubicSchedule{.begin = 0.5, .end = 0.4}, CubicSchedule{.begin = -0.1},
        CubicSchedule{.end = 1.1}, CubicSchedule{.every = 0}}) {
    EXPECT_THROW(GradualPruner(network, plan, options, schedule), Error);
  }
}

}  // namespace
}  // namespace gcompress::prune

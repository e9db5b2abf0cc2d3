#include "gcompress/prune/rounds.h"

#include <gtest/gtest.h>

#include "tests/prune/networks.h"

namespace gcompress::prune {
namespace {

TEST(Rounds, EveryRoundKeepsTheSameShareOfWhatIsLeft) {
  const graph::Network network = testing::medium_mlp(3);
  const Plan plan = make_plan(network, {.target = 0.1});
  EXPECT_EQ(geometric_budget(plan, 4, 4), plan.budget);
  double before = plan.cost_all;
  for (std::int64_t round = 1; round <= 4; ++round) {
    const double budget = geometric_budget(plan, round, 4);
    EXPECT_NEAR(budget / before, 0.5623, 1e-3) << round;  // 0.1^(1/4)
    before = budget;
  }
}

TEST(Rounds, WhatWasRemovedStaysRemoved) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options{.target = 0.1};
  const Plan plan = make_plan(network, options);
  graph::Masks within;
  for (std::int64_t round = 1; round <= 3; ++round) {
    // Other weights each time, as training between the rounds makes them.
    const graph::Network trained = testing::medium_mlp(3 + static_cast<std::uint64_t>(round));
    const RoundCut cut =
        cut_round(trained, plan, options, within, geometric_budget(plan, round, 3), round == 3);
    for (const auto& [id, mask] : within) {
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        if (!mask.test(i)) {
          EXPECT_FALSE(cut.masks.at(id).test(i));
        }
      }
    }
    EXPECT_LE(finish(trained, plan, cut.masks).cost, geometric_budget(plan, round, 3));
    within = cut.masks;
  }
}

TEST(Rounds, CriteriaOfTrainingAreRefused) {
  const graph::Network network = testing::medium_mlp(3);
  const PruneOptions options{.target = 0.1, .criterion = "curvature"};
  EXPECT_THROW(cut_round(network, make_plan(network, options), options, {}, 1000, true), Error);
}

}  // namespace
}  // namespace gcompress::prune

#include "gcompress/compress/pruning/accept.h"

#include <gtest/gtest.h>

namespace gcompress::compress {
namespace {

StageState accepted(std::int64_t kept) {
  prune::Plan plan;
  plan.parameters_all = plan.parameters_counted = 1000;
  plan.cost = graph::parameter_cost();
  plan.cost_all = 1000;
  plan.budget = 100;
  prune::PruneResult result;
  result.kept = kept;
  result.cost = static_cast<double>(kept);
  StageState state;
  accept(std::move(result), plan, state, {});
  return state;
}

TEST(Accept, ANetworkThatFitsTheTargetMissesNothing) {
  EXPECT_FALSE(accepted(100).target_missed);
  EXPECT_EQ(accepted(97).notes.at(0), "Kept 97 of 1000 parameters; the target allows 100.");
}

TEST(Accept, OneThatKeepsMoreIsAMissedGoalAndTheNoteSaysSo) {
  const StageState state = accepted(101);
  EXPECT_TRUE(state.target_missed);
  EXPECT_NE(state.notes.at(0).find("more than the target"), std::string::npos);
}

}  // namespace
}  // namespace gcompress::compress

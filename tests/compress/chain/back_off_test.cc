// Backing off: which target is found, and what is told of it.
#include "gcompress/compress/chain/back_off.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compress/chain/fake_stages.h"
#include "tests/support/scratch.h"

namespace gcompress::compress {
namespace {

using ::testing::HasSubstr;
using testing::thrown_by;

struct Outcome {
  Recipe recipe;
  StageState state;
};

// One stage "move" that asks for a tenth; its drop is 0.3 (1 - target).
Outcome backed_off(double goal, std::int64_t trials) {
  Outcome outcome{.recipe = fake_recipe({"move"}), .state = fake_state()};
  outcome.recipe.stages[0].settings.resolve("target", 0.1);
  outcome.recipe.common.resolve("max-drop", goal);
  outcome.recipe.common.resolve("back-off", trials);
  const Settings common = outcome.recipe.common;
  const StageContext context{
      .common = common, .run = {}, .checkpoints = {}, .make_executor = testing::naive_factory()};
  walk_to_goal(outcome.recipe, fake_tables(), outcome.state, context);
  return outcome;
}

double target_of(const Outcome& outcome) {
  return outcome.recipe.stages[0].settings.number("target");
}

TEST(BackOff, FindsTheSmallestTargetThatHoldsTheGoal) {
  const Outcome outcome = backed_off(0.1, 20);  // 0.1 = 0.3 (1 - target): at two thirds
  EXPECT_GE(target_of(outcome), 2.0 / 3 - 0.02) << "the tuning split has steps of 0.01";
  EXPECT_LE(target_of(outcome), 2.0 / 3 * 1.12) << "neighbours within a tenth are near enough";
  ASSERT_FALSE(outcome.state.notes.empty());
  EXPECT_THAT(outcome.state.notes.back(), HasSubstr("Backed off in"));
  EXPECT_THAT(outcome.state.notes.back(), HasSubstr("target 0.1 loses 0.27"));
}

TEST(BackOff, LeavesATargetThatHoldsAsItIs) {
  const int before = runs();
  const Outcome outcome = backed_off(0.3, 20);
  EXPECT_EQ(target_of(outcome), 0.1);
  EXPECT_EQ(runs() - before, 1);
  EXPECT_THAT(outcome.state.notes.back(), HasSubstr("Moved"))
      << "nothing to be said of backing off";
}

TEST(BackOff, StopsAfterSoManyTrialsWithTheMostAccurateOne) {
  const int before = runs();
  const Outcome outcome = backed_off(0, 2);
  EXPECT_EQ(runs() - before, 3) << "as asked, and two trials";
  EXPECT_NEAR(target_of(outcome), 0.562, 0.001) << "0.1 ^ (1/4): the second trial";
}

TEST(BackOff, LeavesARecipeThatNeedsNoSearch) {
  const Outcome outcome = backed_off(0.1, 20);
  EXPECT_EQ(outcome.recipe.common.integer("back-off"), 0);
}

TEST(BackOff, NeedsAGoalDataAndAStageThatCan) {
  Recipe recipe = fake_recipe({"move"});
  recipe.common.resolve("back-off", std::int64_t{3});
  const auto refusal = [&] { return thrown_by([&] { check_back_off(recipe, fake_tables()); }); };
  EXPECT_THAT(refusal(), HasSubstr("needs a goal"));
  recipe.common.resolve("max-drop", 0.01);
  EXPECT_THAT(refusal(), HasSubstr("needs data"));
  recipe.common.resolve("data", std::string("mnist:x"));
  EXPECT_EQ(refusal(), "");
  recipe.stages = fake_recipe({"keep"}).stages;
  EXPECT_THAT(refusal(), HasSubstr("no stage of this recipe"));
}

}  // namespace
}  // namespace gcompress::compress

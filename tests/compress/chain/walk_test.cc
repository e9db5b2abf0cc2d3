// Walking stages: what lies between them, and going on behind those that were finished.
#include "gcompress/compress/chain/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compress/chain/fake_stages.h"
#include "tests/support/scratch.h"

namespace gcompress::compress {
namespace {

using ::testing::HasSubstr;
using testing::Scratch;
using testing::thrown_by;

StageContext context_in(const Recipe& recipe, const std::filesystem::path& checkpoints,
                        bool resume) {
  return {.common = recipe.common,
          .run = {},
          .checkpoints = checkpoints,
          .resume = resume,
          .make_executor = testing::naive_factory()};
}

// The state behind the recipe; `interrupted` says that its last stage stopped.
StageState walked(Recipe& recipe, const std::filesystem::path& checkpoints, bool resume,
                  bool interrupted = false) {
  StageState state = fake_state();
  const std::string error = thrown_by(
      [&] { walk(recipe, fake_tables(), state, context_in(recipe, checkpoints, resume)); });
  EXPECT_EQ(error.empty(), !interrupted) << error;
  return state;
}

TEST(Walk, KeepsTheNetworkBeforeAndThoseBetweenStages) {
  Recipe recipe = fake_recipe({"move", "move", "keep"});
  const StageState state = walked(recipe, {}, false);
  EXPECT_FLOAT_EQ(threshold_of(*state.before), 0.5F);
  ASSERT_EQ(state.steps.size(), 2U);
  EXPECT_EQ(state.steps[0].name, "1 move");
  EXPECT_FLOAT_EQ(threshold_of(state.steps[0].network), 0.65F);
  EXPECT_EQ(state.steps[1].name, "2 move");
  EXPECT_FLOAT_EQ(threshold_of(state.network), 0.8F);
}

TEST(Walk, TakesTheNetworkBeforeThatAStageNames) {
  Tables tables = fake_tables();
  for (StageRow& row : tables.stages) {
    row.before = [](const Settings&) -> std::optional<graph::Network> {
      graph::Network teacher = fake_state().network;
      teacher.set_metadata("role", "teacher");
      return teacher;
    };
  }
  Recipe recipe = fake_recipe({"move", "keep"});
  StageState state = fake_state();
  walk(recipe, tables, state, context_in(recipe, {}, false));
  ASSERT_NE(state.before->find_metadata("role"), nullptr);
  EXPECT_EQ(state.network.find_metadata("role"), nullptr);
  ASSERT_EQ(state.steps.size(), 1U) << "only the first stage names it";
}

TEST(Walk, GoesOnBehindFinishedStagesWithTheSameState) {
  const Scratch scratch;
  Recipe whole = fake_recipe({"move", "move", "keep"});
  const StageState expected = walked(whole, {}, false);

  Recipe recipe = fake_recipe({"move", "move", "keep"});
  recipe.stages[1].settings.resolve("interrupt", true);
  walked(recipe, scratch.path(), false, true);
  const int before = runs();
  recipe = fake_recipe({"move", "move", "keep"});
  const StageState state = walked(recipe, scratch.path(), true);
  EXPECT_EQ(runs() - before, 2) << "the first stage was finished";
  EXPECT_FLOAT_EQ(threshold_of(state.network), threshold_of(expected.network));
  EXPECT_EQ(state.masks, expected.masks);
  EXPECT_EQ(state.notes, expected.notes);
  EXPECT_EQ(state.steps.size(), expected.steps.size());
  EXPECT_EQ(state.rivals.size(), expected.rivals.size());
  EXPECT_EQ(state.rivals[0].name, "unmoved");
  EXPECT_EQ(state.parameters_outside, 7);
  ASSERT_EQ(state.layers.size(), 1U);
  EXPECT_EQ(state.layers[0].kept, 1);
  EXPECT_TRUE(state.layers[0].floored);
  EXPECT_EQ(state.layers[0].sensitivity[0].loss, 0.25);
  EXPECT_EQ(recipe.stages[0].settings, whole.stages[0].settings) << "decisions come back";
}

TEST(Walk, RefusesARecordOfOtherOptions) {
  const Scratch scratch;
  Recipe recipe = fake_recipe({"move", "keep"});
  walked(recipe, scratch.path(), false);
  Recipe other = fake_recipe({"move", "keep"});
  other.stages[0].settings.resolve("target", 0.25);
  StageState state = fake_state();
  EXPECT_THAT(thrown_by([&] {
                walk(other, fake_tables(), state, context_in(other, scratch.path(), true));
              }),
              HasSubstr("made with other options"));
}

TEST(Walk, WithoutResumeRunsEveryStageAnew) {
  const Scratch scratch;
  Recipe recipe = fake_recipe({"move", "keep"});
  walked(recipe, scratch.path(), false);
  const int before = runs();
  recipe = fake_recipe({"move", "keep"});
  walked(recipe, scratch.path(), false);
  EXPECT_EQ(runs() - before, 2);
}

TEST(Walk, RefusesADamagedRecord) {
  for (const char* file : {"network.gcz", "masks.gcz", "record.json", "recipe.yaml"}) {
    const Scratch scratch;
    Recipe recipe = fake_recipe({"move", "keep"});
    walked(recipe, scratch.path(), false);
    std::filesystem::resize_file(scratch / "0-move.done" / file, 20);
    recipe = fake_recipe({"move", "keep"});
    StageState state = fake_state();
    EXPECT_NE(thrown_by([&] {
                walk(recipe, fake_tables(), state, context_in(recipe, scratch.path(), true));
              }),
              "")
        << file;
  }
}

}  // namespace
}  // namespace gcompress::compress

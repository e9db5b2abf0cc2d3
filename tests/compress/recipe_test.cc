// Recipes: written and read back, and what a wrong one is told.
#include "gcompress/compress/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/compress/executors.h"
#include "gcompress/compress/measure_stage.h"
#include "gcompress/compress/pruning/prune_stage.h"
#include "gcompress/compress/run.h"
#include "gcompress/compress/train_stage.h"
#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

using testing::HasSubstr;

const Tables& tables() {
  static const Tables all = {.stages = {train_stage(nullptr), prune_stage(), measure_stage()},
                             .executors = executors(nullptr, nullptr)};
  return all;
}

std::string error_of(const std::string& text) {
  try {
    parse_recipe(text, tables());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

Recipe prune_recipe() {
  Recipe recipe{.common = Settings(common_options()), .stages = {}};
  recipe.common.set(common_options(), "model", "a \"quoted\": name.onnx");
  RecipeStage stage{.name = "prune", .settings = Settings(tables().stage("prune").options)};
  stage.settings.set(tables().stage("prune").options, "target", "0.05");
  stage.settings.set(tables().stage("prune").options, "ignore", "first,last*");
  recipe.stages.push_back(stage);
  return recipe;
}

TEST(Recipe, ReadsBackWhatItWrote) {
  const Recipe recipe = prune_recipe();
  const Recipe again = parse_recipe(to_yaml(recipe), tables());
  EXPECT_EQ(again.common, recipe.common);
  ASSERT_EQ(again.stages.size(), 1U);
  EXPECT_EQ(again.stages[0].settings, recipe.stages[0].settings);
}

TEST(Recipe, SpellsOutEveryDefault) {
  const std::string text = to_yaml(prune_recipe());
  for (const OptionRow& row : tables().stage("prune").options) {
    EXPECT_THAT(text, HasSubstr(row.name + ":")) << row.name;
  }
}

TEST(Recipe, FillsInDefaultsThatAreNotWritten) {
  const Recipe recipe =
      parse_recipe("schema: gcompress-recipe/1\nstages:\n- stage: prune\n", tables());
  EXPECT_EQ(recipe.stages[0].settings.number("target"), 0.1);
}

TEST(Recipe, NamesTheLineAndTheNearestOptionOfATypo) {
  EXPECT_THAT(error_of("schema: gcompress-recipe/1\nstages:\n- stage: prune\n  tarjet: 0.1\n"),
              testing::AllOf(HasSubstr("line 4"), HasSubstr("'target'")));
  EXPECT_THAT(error_of("schema: gcompress-recipe/1\nstages:\n- stage: prun\n"),
              HasSubstr("did you mean 'prune'?"));
  EXPECT_THAT(error_of("schema: gcompress-recipe/1\nstage: prune\n"), HasSubstr("unknown key"));
}

TEST(Recipe, RefusesWhatIsNoRecipe) {
  EXPECT_THAT(error_of("just a sentence"), HasSubstr("is no recipe"));
  EXPECT_THAT(error_of("schema: other/1\n"), HasSubstr("is no recipe"));
  EXPECT_THAT(error_of("a: [1, 2"), HasSubstr("line"));
  EXPECT_THAT(error_of(""), HasSubstr("is no recipe"));
  EXPECT_THAT(error_of("schema: gcompress-recipe/1\nstages: 3\n"), HasSubstr("not a list"));
  EXPECT_THAT(error_of("schema: gcompress-recipe/1\nstages:\n- {}\n"), HasSubstr("without a name"));
  EXPECT_THAT(error_of(std::string(std::size_t{2} << 20, 'a')), HasSubstr("too large"));
}

TEST(Recipe, NeedsTrainingOnlyWithData) {
  Recipe recipe = prune_recipe();
  EXPECT_FALSE(needs_training(recipe, tables()));
  recipe.common.set(common_options(), "data", "mnist:somewhere");
  EXPECT_TRUE(needs_training(recipe, tables()));
}

TEST(Recipe, MeasuringByAnotherExecutorNeedsNoTraining) {
  Recipe recipe{.common = Settings(common_options()), .stages = {}};
  recipe.stages.push_back(
      {.name = "measure", .settings = Settings(tables().stage("measure").options)});
  recipe.common.set(common_options(), "data", "mnist:somewhere");
  recipe.common.set(common_options(), "executor", "onnxruntime:library.so");
  EXPECT_FALSE(needs_training(recipe, tables()));
  recipe.stages[0] = {.name = "prune", .settings = Settings(tables().stage("prune").options)};
  EXPECT_TRUE(needs_training(recipe, tables()));
}

TEST(Check, RefusesGradualPruningWithoutData) {
  Recipe recipe = prune_recipe();
  recipe.stages[0].settings.set(tables().stage("prune").options, "method", "gradual");
  EXPECT_THROW(check(recipe, tables()), Error);
}

}  // namespace
}  // namespace gcompress::compress

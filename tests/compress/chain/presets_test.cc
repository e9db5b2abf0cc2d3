// Presets, and options of stages set by name.
#include "gcompress/compress/chain/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compress/chain/fake_stages.h"
#include "tests/support/scratch.h"

namespace gcompress::compress {
namespace {

using ::testing::HasSubstr;
using testing::thrown_by;

TEST(Presets, AWrongNameIsToldTheNearest) {
  EXPECT_THAT(thrown_by([] { recipe_of_preset("egde", fake_tables()); }),
              HasSubstr("did you mean 'edge'?"));
  EXPECT_THAT(thrown_by([] { recipe_of_preset("warp", fake_tables()); }), HasSubstr("fast"));
}

TEST(SetInStages, SetsEveryStageOfANameOrOneByItsPlace) {
  Recipe recipe = fake_recipe({"move", "keep", "move"});
  set_in_stages("move.target=0.2", fake_tables(), recipe);
  EXPECT_EQ(recipe.stages[0].settings.number("target"), 0.2);
  EXPECT_EQ(recipe.stages[2].settings.number("target"), 0.2);
  set_in_stages("3.target=0.4", fake_tables(), recipe);
  EXPECT_EQ(recipe.stages[0].settings.number("target"), 0.2);
  EXPECT_EQ(recipe.stages[2].settings.number("target"), 0.4);
}

TEST(SetInStages, RefusesWhatIsNoAssignmentOrNotThere) {
  Recipe recipe = fake_recipe({"move", "keep"});
  const auto refusal = [&](const std::string& assignment) {
    return thrown_by([&] { set_in_stages(assignment, fake_tables(), recipe); });
  };
  EXPECT_THAT(refusal("target"), HasSubstr("write it as prune.target=0.2"));
  EXPECT_THAT(refusal("target=0.2"), HasSubstr("write it as prune.target=0.2"));
  EXPECT_THAT(refusal("mve.target=0.2"), HasSubstr("did you mean 'move'?"));
  EXPECT_THAT(refusal("9.target=0.2"), HasSubstr("there are move, keep"));
  EXPECT_THAT(refusal("move.tarket=0.2"), HasSubstr("'target'"));
  EXPECT_THAT(refusal("move.target=7"), HasSubstr("target"));
}

}  // namespace
}  // namespace gcompress::compress

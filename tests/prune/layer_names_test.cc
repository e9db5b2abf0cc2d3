#include "gcompress/prune/layer_names.h"

#include <gtest/gtest.h>

#include "tests/prune/layers.h"

namespace gcompress::prune {
namespace {

TEST(Patterns, StarsAndQuestionMarksMatch) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("conv?", "conv1"));
  EXPECT_TRUE(matches("*.weight", "layer1.0.conv.weight"));
  EXPECT_TRUE(matches("layer*conv*", "layer1.0.conv.weight"));
  EXPECT_TRUE(matches("a*b*c", "a.b.b.c"));
  EXPECT_FALSE(matches("", "x"));
  EXPECT_FALSE(matches("conv?", "conv"));
  EXPECT_FALSE(matches("conv", "conv1"));
  EXPECT_FALSE(matches("a*b", "a.b.c"));
  EXPECT_FALSE(matches("[a]", "a"));  // brackets are ordinary
}

TEST(Patterns, ManyStarsDoNotTakeForever) {
  EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(Patterns, LayerAndTensorNamesCount) {
  std::vector<graph::Weight> weights = {testing::make_layer("conv1.weight", {1}, {0.0F}, -1),
                                        testing::make_layer("fc.weight", {1}, {0.0F}, -1)};
  weights[0].layer = "conv1";
  weights[1].layer = "fc";
  EXPECT_EQ(matching(weights, {"conv1"}), (std::vector<bool>{true, false}));
  EXPECT_EQ(matching(weights, {"fc.*", "conv*"}), (std::vector<bool>{true, true}));
  EXPECT_EQ(matching(weights, {}), (std::vector<bool>{false, false}));
}

TEST(Patterns, WithoutAMatchTheNearestNamesAreNamed) {
  std::vector<graph::Weight> weights = {testing::make_layer("conv1.weight", {1}, {0.0F}, -1)};
  weights[0].layer = "conv1";
  try {
    matching(weights, {"conv2"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(error.remedy().find("'conv1'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gcompress::prune

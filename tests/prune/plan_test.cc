#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/prune/prune.h"
#include "tests/prune/networks.h"

namespace gcompress::prune {
namespace {

std::vector<std::string> names(const Plan& plan, const std::vector<std::size_t>& indices) {
  std::vector<std::string> result;
  for (const std::size_t i : indices) result.push_back(plan.weights[i].id.tensor);
  std::ranges::sort(result);
  return result;
}

std::string remedy_of(const graph::Network& network, const PruneOptions& options) {
  try {
    make_plan(network, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.remedy();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(Plan, BiasesAndNormsAreKeptWholeAndCount) {
  const Plan plan = make_plan(testing::small_resnet(1), {.target = 0.5});
  EXPECT_EQ(names(plan, plan.pruned),
            (std::vector<std::string>{"c1.weight", "c2.weight", "fc.weight"}));
  EXPECT_EQ(names(plan, plan.kept_whole),
            (std::vector<std::string>{"fc.bias", "n1.scale", "n1.shift", "n2.scale", "n2.shift"}));
  EXPECT_TRUE(plan.outside.empty());
  EXPECT_EQ(plan.parameters_all, 282);
  EXPECT_EQ(plan.parameters_counted, 282);
  EXPECT_EQ(plan.budget, 141);
}

TEST(Plan, TheBudgetIsTheFloorOfTheShare) {
  // 10,820 parameters; 0.7 * 10,820 is 7,574 but for rounding.
  const graph::Network network = testing::medium_mlp(1);
  EXPECT_EQ(make_plan(network, {.target = 0.7}).budget, 7574);
  EXPECT_EQ(make_plan(network, {.target = 0.1}).budget, 1082);
  EXPECT_EQ(make_plan(network, {.target = 0.12345}).budget, 1335);
  EXPECT_EQ(make_plan(network, {.target = 1}).budget, 10820);
}

TEST(Plan, IgnoredLayersCountAndExcludedOnesDoNot) {
  const graph::Network network = testing::medium_mlp(1);
  const Plan ignored = make_plan(network, {.target = 0.5, .ignore = {"l3"}});
  EXPECT_EQ(names(ignored, ignored.pruned), (std::vector<std::string>{"l1.weight", "l2.weight"}));
  EXPECT_EQ(ignored.parameters_counted, 10820);
  const Plan excluded = make_plan(network, {.target = 0.5, .exclude = {"l3*"}});
  EXPECT_EQ(names(excluded, excluded.outside), (std::vector<std::string>{"l3.bias", "l3.weight"}));
  EXPECT_EQ(excluded.parameters_all, 10820);
  EXPECT_EQ(excluded.parameters_counted, 10510);
  EXPECT_EQ(outside_of(excluded).size(), 2U);
  const Plan only = make_plan(network, {.target = 0.5, .only = {"*1.weight"}});
  EXPECT_EQ(names(only, only.pruned), (std::vector<std::string>{"l1.weight"}));
  EXPECT_EQ(only.budget, 5410);
}

TEST(Plan, APatternWithoutAMatchIsAnError) {
  const std::string remedy = remedy_of(testing::medium_mlp(1), {.target = 0.5, .ignore = {"l4"}});
  EXPECT_NE(remedy.find("'l1'"), std::string::npos) << remedy;
}

TEST(Plan, TargetsAreSharesAboveZero) {
  for (const double target : {0.0, -0.1, 1.5, std::nan("")}) {
    remedy_of(testing::medium_mlp(1), {.target = target});
  }
  remedy_of(testing::medium_mlp(1), {.floor_share = 2});
  remedy_of(testing::medium_mlp(1), {.floor_count = 0});
  remedy_of(testing::medium_mlp(1), {.criterion = "luck"});
  remedy_of(testing::medium_mlp(1), {.allocation = "fair"});
}

TEST(Plan, NothingLeftToPruneIsAnError) {
  remedy_of(testing::medium_mlp(1), {.target = 0.5, .ignore = {"*"}});
  remedy_of(testing::medium_mlp(1), {.target = 0.5, .only = {"*.bias"}});
}

TEST(Plan, AnImpossibleTargetNamesOneThatWorks) {
  // l1 alone has 8,000 of 10,820 parameters; it is kept whole.
  const graph::Network network = testing::medium_mlp(1);
  PruneOptions options = {.target = 0.1, .floor_share = 0.5};
  options.ignore = {"l1", "l2"};
  const std::string remedy = remedy_of(network, options);
  ASSERT_TRUE(remedy.starts_with("a target of ")) << remedy;
  options.target = std::stod(remedy.substr(12));
  EXPECT_GT(options.target, 0.5);
  const Plan plan = make_plan(network, options);
  EXPECT_LE(prune_one_shot(network, plan, options).kept, plan.budget);
}

TEST(Plan, BiasesAloneMayExceedTheTargetIfTheirChannelsCanDie) {
  // 22 biases of 253 parameters, a budget of 12.
  EXPECT_EQ(make_plan(testing::small_life(1), {.target = 0.05}).budget, 12);
}

}  // namespace
}  // namespace gcompress::prune

// Means, blocks and the two-stage rule against known values and by properties.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gcompress/measure/statistics/blocks.h"
#include "gcompress/measure/statistics/distributions.h"
#include "gcompress/measure/statistics/mean_interval.h"
#include "gcompress/measure/statistics/two_stage.h"

namespace gcompress::measure {
namespace {

constexpr BlockOrder kStraight = {Side::kBefore, Side::kAfter, Side::kAfter, Side::kBefore};

Block block_of(std::array<double, 4> logs, BlockOrder order = kStraight) {
  Block block = {.order = order};
  for (std::size_t i = 0; i < logs.size(); ++i) block.values[i] = std::exp(logs[i]);
  return block;
}

// Blocks of normal noise and a log ratio.
std::vector<BlockOutcome> normal_blocks(int count, double log_ratio, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, noise);
  std::vector<BlockOutcome> blocks;
  for (int i = 0; i < count; ++i) {
    blocks.emplace_back(block_of(
        {normal(random), log_ratio + normal(random), log_ratio + normal(random), normal(random)}));
  }
  return blocks;
}

TEST(Distributions, MatchPrintedTables) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959964, 1e-6);
  EXPECT_NEAR(student_quantile(0.975, 9), 2.262157, 1e-6);
  EXPECT_NEAR(fisher_quantile(0.95, 4, 9), 3.6331, 1e-4);
  EXPECT_DOUBLE_EQ(binomial_at_most(2, 4, 0.5), 11.0 / 16);
  EXPECT_EQ(binomial_at_most(-1, 4, 0.5), 0);
  EXPECT_EQ(binomial_at_most(4, 4, 0.5), 1);
}

TEST(StudentInterval, IsTheTextbookOne) {
  const MeanInterval result = student_interval(std::vector<double>{1, 2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(result.mean, 3);
  EXPECT_NEAR(result.interval.high - 3, 2.776445 * std::sqrt(2.5 / 5), 1e-6);
}

TEST(BootstrapT, IsSeededAndLeansToTheLongTail) {
  const std::vector<double> skewed = {1, 1.1, 1.2, 1.2, 1.3, 1.4, 1.6, 2, 3, 6};
  const MeanInterval result = bootstrap_t_interval(skewed, {.seed = 3});
  const MeanInterval again = bootstrap_t_interval(skewed, {.seed = 3});
  EXPECT_EQ(result.interval.low, again.interval.low);
  EXPECT_GT(result.interval.high - result.mean, 1.5 * (result.mean - result.interval.low));
}

TEST(BootstrapT, OfEqualValuesIsThatValue) {
  const MeanInterval result = bootstrap_t_interval(std::vector<double>{2, 2, 2}, {});
  EXPECT_EQ(result.interval.low, 2);
  EXPECT_EQ(result.interval.high, 2);
}

TEST(BatchMeans, CoverWhereNeighboursAreAlikeAndStudentDoesNot) {
  // An autoregression with a memory of about five values: Student's interval is three times too
  // short, batches of 25 are nearly independent. 2,000 series; 90% leaves room for the rest.
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  int by_student = 0;
  int by_batches = 0;
  for (int draw = 0; draw < 2000; ++draw) {
    std::vector<double> series(200);
    double state = normal(random) / 0.6;
    for (double& value : series) value = state = 0.8 * state + normal(random);
    const Interval student = student_interval(series).interval;
    const Interval batches = batch_means_interval(series).interval;
    by_student += student.low <= 0 && 0 <= student.high ? 1 : 0;
    by_batches += batches.low <= 0 && 0 <= batches.high ? 1 : 0;
  }
  EXPECT_LT(by_student, 2000 * 0.6);
  EXPECT_GT(by_batches, 2000 * 0.9);
}

TEST(Blocks, AreTossedFromTheSeedAndBothOrdersOccur) {
  int straight = 0;
  for (int i = 0; i < 1000; ++i) {
    const BlockOrder order = block_order(7, i);
    EXPECT_EQ(order[0], order[3]);
    EXPECT_EQ(order[1], order[2]);
    EXPECT_NE(order[0], order[1]);
    EXPECT_EQ(order, block_order(7, i));
    straight += order[0] == Side::kBefore ? 1 : 0;
  }
  EXPECT_NEAR(straight, 500, 60);  // four standard deviations
}

TEST(Blocks, LoseALinearDriftFromTheRatio) {
  const double ratio = std::log(0.8);
  const Block block = block_of({0, ratio + 0.03, ratio + 0.06, 0.09});
  EXPECT_NEAR(log_ratio(block), ratio, 1e-12);
}

TEST(Blocks, CallTheSameDiscordWhicheverNetworkWasDisturbed) {
  const Block block = block_of({0, -0.2, -0.2, 0.5});
  Block swapped = block;
  for (Side& side : swapped.order) side = side == Side::kBefore ? Side::kAfter : Side::kBefore;
  EXPECT_NEAR(discord(block), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(discord(swapped), discord(block));
  EXPECT_NEAR(log_ratio(swapped), -log_ratio(block), 1e-12);
}

TEST(TwoStage, StopsAfterAQuietPilot) {
  const std::vector<BlockOutcome> source = normal_blocks(60, std::log(0.9), 0.002, 1);
  const StoppingRule rule = {.half_width = kHalfWidthForOnePoint};
  const auto outcomes = measure_blocks(rule, 0, [&](std::int64_t i, const BlockOrder&) {
    return source[static_cast<std::size_t>(i)];
  });
  EXPECT_EQ(outcomes.size(), 10U);
  const RatioResult result = conclude(outcomes, rule);
  EXPECT_TRUE(result.conclusive);
  EXPECT_NEAR(*result.ratio, 0.9, 0.003);
}

TEST(TwoStage, MeasuresAsManyAsThePilotsVarianceAsks) {
  const std::vector<BlockOutcome> source = normal_blocks(200, 0, 0.02, 2);
  const StoppingRule rule = {.half_width = 0.01, .most_blocks = 200, .discord_limit = 1e9};
  const auto outcomes = measure_blocks(rule, 0, [&](std::int64_t i, const BlockOrder&) {
    return source[static_cast<std::size_t>(i)];
  });
  std::vector<double> pilot;
  for (std::size_t i = 0; i < 10; ++i) pilot.push_back(log_ratio(*source[i]));
  const double root = 2.262157 * moments(pilot).deviation / 0.01;
  EXPECT_EQ(outcomes.size(), static_cast<std::size_t>(std::max(10.0, std::ceil(root * root))));
  EXPECT_TRUE(conclude(outcomes, rule).conclusive);
}

TEST(TwoStage, IsInconclusiveWhenBlocksRunOut) {
  const std::vector<BlockOutcome> source = normal_blocks(12, 0, 0.1, 3);
  const StoppingRule rule = {.half_width = 0.01, .most_blocks = 12};
  const auto outcomes = measure_blocks(rule, 0, [&](std::int64_t i, const BlockOrder&) {
    return source[static_cast<std::size_t>(i)];
  });
  const RatioResult result = conclude(outcomes, rule);
  EXPECT_EQ(outcomes.size(), 12U);
  EXPECT_FALSE(result.conclusive);
  EXPECT_TRUE(result.interval.has_value());
}

TEST(TwoStage, KeepsAndCountsWhatItRejects) {
  std::vector<BlockOutcome> outcomes = normal_blocks(14, 0, 0.002, 4);
  outcomes[2].reset();
  outcomes[5]->values[1] *= 1.5;
  const RatioResult result = conclude(outcomes, {});
  EXPECT_EQ(result.rejected_outside, 1);
  EXPECT_EQ(result.rejected_discord, 1);
  EXPECT_EQ(result.kept, 12);
}

TEST(TwoStage, AllowsDiscordThatTheCounterExplains) {
  std::vector<BlockOutcome> outcomes(12, BlockOutcome(block_of({0, 0, 0, 0})));
  outcomes[4] = block_of({0, 0.03, 0, 0});
  EXPECT_EQ(conclude(outcomes, {.half_width = 0.01}).rejected_discord, 1);
  EXPECT_EQ(conclude(outcomes, {.half_width = 0.01, .resolution = 0.02}).rejected_discord, 0);
}

TEST(TwoStage, DisbelievesAPilotThatWasQuieterThanTheRest) {
  std::vector<BlockOutcome> outcomes = normal_blocks(10, 0, 0.001, 5);
  for (const BlockOutcome& loud : normal_blocks(10, 0, 0.02, 6)) outcomes.push_back(loud);
  const StoppingRule rule = {.discord_limit = 1e9};
  const RatioResult result = conclude(outcomes, rule);
  EXPECT_TRUE(result.pilot_contradicted);
  EXPECT_GT(result.half_width, 0.004);
}

TEST(TwoStage, SaysNothingWithoutBlocks) {
  const std::vector<BlockOutcome> outcomes(5);
  const RatioResult result = conclude(outcomes, {});
  EXPECT_FALSE(result.ratio.has_value());
  EXPECT_FALSE(result.interval.has_value());
  EXPECT_FALSE(result.conclusive);
  EXPECT_EQ(result.rejected_outside, 5);
}

}  // namespace
}  // namespace gcompress::measure

// Intervals against naive references and known values.
#include "gcompress/measure/intervals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace gcompress::measure {
namespace {

TEST(ProportionInterval, MatchesPublishedWilsonValues) {
  // Newcombe 1998, table I, method 3: 81 of 263 gives 0.2553 to 0.3662.
  const Interval interval = proportion_interval(81, 263);
  EXPECT_NEAR(interval.low, 0.2553, 5e-5);
  EXPECT_NEAR(interval.high, 0.3662, 5e-5);
}

TEST(ProportionInterval, KeepsTheExactEnds) {
  EXPECT_EQ(proportion_interval(0, 20).low, 0);
  EXPECT_EQ(proportion_interval(20, 20).high, 1);
  EXPECT_NEAR(proportion_interval(0, 20).high, 0.1611, 5e-5);  // Newcombe 1998
}

TEST(ProportionInterval, KnowsNothingWithoutSamples) {
  EXPECT_EQ(proportion_interval(0, 0).low, 0);
  EXPECT_EQ(proportion_interval(0, 0).high, 1);
}

TEST(CountPairs, CountsAllFourCases) {
  const std::vector<float> before = {1, 1, 0, 0, 1};
  const std::vector<float> after = {1, 0, 1, 0, 0};
  const PairedCounts counts = count_pairs(before, after);
  EXPECT_EQ(counts.both_right, 1);
  EXPECT_EQ(counts.only_before, 2);
  EXPECT_EQ(counts.only_after, 1);
  EXPECT_EQ(counts.both_wrong, 1);
}

TEST(PairedDifference, IntervalHoldsTheEstimateAndShrinksWithSamples) {
  const Interval few = paired_difference_interval({80, 10, 5, 5});
  const Interval many = paired_difference_interval({8000, 1000, 500, 500});
  EXPECT_LT(few.low, -0.05);
  EXPECT_GT(few.high, -0.05);
  EXPECT_LT(many.high - many.low, (few.high - few.low) / 5);
}

TEST(PairedDifference, CoversTheTruthInSimulation) {
  // 2,000 draws of 200 pairs with a true difference of -0.03; a 95% interval should hold it in
  // 95% +- 3 standard errors (0.5%) of them, a little more as the method is conservative.
  std::mt19937 random(7);
  std::discrete_distribution<int> cell({0.80, 0.08, 0.05, 0.07});
  int held = 0;
  for (int draw = 0; draw < 2000; ++draw) {
    PairedCounts counts;
    for (int i = 0; i < 200; ++i) {
      switch (cell(random)) {
        case 0:
          ++counts.both_right;
          break;
        case 1:
          ++counts.only_before;
          break;
        case 2:
          ++counts.only_after;
          break;
        default:
          ++counts.both_wrong;
      }
    }
    const Interval interval = paired_difference_interval(counts);
    held += interval.low <= -0.03 && -0.03 <= interval.high ? 1 : 0;
  }
  EXPECT_GT(held, 2000 * 0.935);
  EXPECT_LT(held, 2000 * 0.975);
}

TEST(MeanDifference, IsStudentsForSmallSamples) {
  const std::vector<float> before = {0, 0, 0, 0, 0};
  const std::vector<float> after = {1, 2, 3, 4, 5};
  const MeanDifference result = mean_difference(before, after);
  EXPECT_DOUBLE_EQ(result.mean, 3);
  // t(4) at 97.5% is 2.776; the expansion is within 2% of it.
  EXPECT_NEAR(result.interval.high - 3, 2.776 * std::sqrt(2.5 / 5), 0.04);
}

TEST(Quantile, InterpolatesTheMedianAndBoundsIt) {
  std::vector<double> sample = {5, 1, 4, 2, 3, 6};
  const QuantileResult median = quantile(sample, 0.5);
  EXPECT_DOUBLE_EQ(median.value, 3.5);
  EXPECT_LE(median.interval.low, 3.5);
  EXPECT_GE(median.interval.high, 3.5);
}

TEST(Quantile, OfOneSampleIsThatSample) {
  std::vector<double> sample = {7};
  EXPECT_DOUBLE_EQ(quantile(sample, 0.9).value, 7);
}

}  // namespace
}  // namespace gcompress::measure

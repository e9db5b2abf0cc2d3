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

TEST(UnpairedDifference, MatchesPublishedNewcombeValues) {
  // Newcombe 1998, table II, method 10: 56 of 70 less 48 of 80 gives 0.0524 to 0.3339.
  const Interval interval = unpaired_difference_interval(48, 80, 56, 70);
  EXPECT_NEAR(interval.low, 0.0524, 5e-5);
  EXPECT_NEAR(interval.high, 0.3339, 5e-5);
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
  EXPECT_NEAR(result.interval.high - 3, 2.776445 * std::sqrt(2.5 / 5), 1e-6);
}

TEST(Quantile, InterpolatesTheMedianAndBoundsIt) {
  std::vector<double> sample = {5, 1, 4, 2, 3, 6};
  const QuantileResult median = quantile(sample, 0.5);
  EXPECT_DOUBLE_EQ(median.value, 3.5);
  // All six on one side has chance 1/64 at either end: the whole range is a 95% interval.
  ASSERT_TRUE(median.interval.has_value());
  EXPECT_EQ(median.interval->low, 1);
  EXPECT_EQ(median.interval->high, 6);
}

TEST(Quantile, DoesNotBoundWhatTooFewValuesCannot) {
  std::vector<double> sample(100);
  for (std::size_t i = 0; i < sample.size(); ++i) sample[i] = static_cast<double>(i);
  EXPECT_TRUE(quantile(sample, 0.9).interval.has_value());
  EXPECT_FALSE(quantile(sample, 0.99).interval.has_value());  // 0.99^100 = 37% lie all below it
}

TEST(Quantile, IntervalsCoverForAnyShape) {
  // Lognormal values: the exact interval covers at least 95%, and discreteness adds a little.
  std::mt19937 random(11);
  std::lognormal_distribution<double> lognormal(0, 1);
  const double truth[] = {1, 3.602224, 10.240474};  // exp of the normal quantiles
  const double shares[] = {0.5, 0.9, 0.99};
  int held[3] = {};
  for (int draw = 0; draw < 1000; ++draw) {
    std::vector<double> sample(600);
    for (double& value : sample) value = lognormal(random);
    for (int i = 0; i < 3; ++i) {
      const auto interval = quantile(sample, shares[i]).interval;
      ASSERT_TRUE(interval.has_value());
      held[i] += interval->low <= truth[i] && truth[i] <= interval->high ? 1 : 0;
    }
  }
  for (const int count : held) {
    EXPECT_GE(count, 935);  // two standard errors of 1,000 draws
    EXPECT_LE(count, 985);
  }
}

TEST(QuantileBySections, IsWiderWhereNeighboursAreAlike) {
  std::mt19937 random(12);
  std::normal_distribution<double> normal;
  std::vector<double> series(2000);
  double state = 0;
  for (double& value : series) value = state = 0.95 * state + normal(random);
  const Interval sections = *quantile_by_sections(series, 0.5).interval;
  const Interval naive = *quantile(series, 0.5).interval;
  EXPECT_GT(sections.high - sections.low, 2 * (naive.high - naive.low));
}

TEST(Quantile, OfOneSampleIsThatSample) {
  std::vector<double> sample = {7};
  EXPECT_DOUBLE_EQ(quantile(sample, 0.9).value, 7);
  EXPECT_FALSE(quantile(sample, 0.9).interval.has_value());
}

}  // namespace
}  // namespace gcompress::measure

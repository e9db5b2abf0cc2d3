// Verdicts, McNemar, classes and changed samples.
#include "gcompress/measure/statistics/paired_accuracy.h"

#include <gtest/gtest.h>

#include <vector>

namespace gcompress::measure {
namespace {

TEST(MarginVerdict, ReadsTheIntervalAgainstTheMargin) {
  EXPECT_EQ(margin_verdict({-0.004, 0.003}, 0.005), AccuracyVerdict::kEquivalent);
  EXPECT_EQ(margin_verdict({0.001, 0.02}, 0.005), AccuracyVerdict::kBetter);
  EXPECT_EQ(margin_verdict({-0.02, -0.001}, 0.005), AccuracyVerdict::kWorse);
  EXPECT_EQ(margin_verdict({-0.006, 0.003}, 0.005), AccuracyVerdict::kUndecided);
  EXPECT_EQ(margin_verdict({-0.003, 0.006}, 0.005), AccuracyVerdict::kUndecided);
}

TEST(MarginVerdict, CallsASmallSureLossEquivalent) {
  EXPECT_EQ(margin_verdict({-0.004, -0.001}, 0.005), AccuracyVerdict::kEquivalent);
}

TEST(MarginVerdict, NeedsTheIntervalStrictlyInside) {
  EXPECT_EQ(margin_verdict({-0.005, 0}, 0.005), AccuracyVerdict::kUndecided);
  EXPECT_EQ(name_of(AccuracyVerdict::kUndecided), "undecided");
}

TEST(NotWorse, AsksOnlyAboutTheLowEnd) {
  EXPECT_TRUE(not_worse({-0.003, 0.1}, 0.005));
  EXPECT_FALSE(not_worse({-0.006, 0.1}, 0.005));
}

TEST(McNemar, IsTheExactBinomialOnChangedSamples) {
  // 2 of 12: 2 (1 + 12 + 66) / 4096
  EXPECT_NEAR(mcnemar_p({100, 10, 2, 5}), 158.0 / 4096, 1e-12);
  EXPECT_EQ(mcnemar_p({100, 0, 0, 5}), 1);
  EXPECT_EQ(mcnemar_p({100, 4, 4, 5}), 1);
}

TEST(CountPairsByClass, SplitsByLabelAndSkipsStrangers) {
  const std::vector<float> before = {1, 1, 0, 0, 1};
  const std::vector<float> after = {1, 0, 1, 0, 1};
  const std::vector<std::int64_t> labels = {0, 0, 1, 1, 7};
  const auto counts = count_pairs_by_class(before, after, labels, 2);
  EXPECT_EQ(counts[0].both_right, 1);
  EXPECT_EQ(counts[0].only_before, 1);
  EXPECT_EQ(counts[1].only_after, 1);
  EXPECT_EQ(counts[1].both_wrong, 1);
  EXPECT_EQ(counts[0].total() + counts[1].total(), 4);
}

TEST(ChangedSamples, AreNamed) {
  const ChangedSamples changed =
      changed_samples(std::vector<float>{1, 1, 0, 0}, std::vector<float>{1, 0, 1, 0});
  EXPECT_EQ(changed.lost, std::vector<std::int64_t>{1});
  EXPECT_EQ(changed.won, std::vector<std::int64_t>{2});
}

}  // namespace
}  // namespace gcompress::measure

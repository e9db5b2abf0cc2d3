// Comparisons and the sentence at their end.
#include "gcompress/measure/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/measure/report.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// `right` of 1000 samples, the first ones; times around `milliseconds`.
ModelReport model(Role role, const std::string& name, int right, std::int64_t packed_bytes,
                  double milliseconds) {
  execute::Score score;
  score.metric = "top1";
  score.correct = right;
  score.total = 1000;
  score.value = right / 1000.0;
  ModelReport report;
  report.role = role;
  report.name = name;
  report.sizes.parameters = 10000;
  report.sizes.parameters_nonzero = packed_bytes / 4;
  report.sizes.dense_bytes = 40000;
  report.sizes.packed_bytes = packed_bytes;
  report.accuracy = accuracy_of(score);
  report.per_sample.assign(1000, 0);
  report.labels.assign(1000, 0);
  for (std::size_t i = 0; i < 1000; ++i) {
    report.per_sample[i] = static_cast<int>(i) < right ? 1 : 0;
    report.labels[i] = static_cast<std::int64_t>(i % 2);
  }
  LatencyResult latency;
  latency.visits = 4;
  for (int i = 0; i < 400; ++i) {
    latency.milliseconds.push_back(milliseconds * (1 + 0.001 * (i % 7)));
  }
  summarize_times(latency);
  report.latency = {latency};
  return report;
}

std::string verdict(const ModelReport& before, const ModelReport& after,
                    const std::vector<ModelReport>& rivals = {}) {
  const Comparison comparison = compare(before, after, 0.01);
  std::vector<ModelReport> all = {before, after};
  all.insert(all.end(), rivals.begin(), rivals.end());
  return verdict_of(before, after, all, comparison);
}

const ModelReport kDense = model(Role::kBefore, "before", 950, 40000, 2);

TEST(Comparison, CountsEachClassApart) {
  const Comparison comparison = compare(kDense, model(Role::kAfter, "after", 940, 4000, 2), 0.01);
  ASSERT_EQ(comparison.per_class.size(), 2U);
  EXPECT_EQ(comparison.per_class[0].counts.total(), 500);
  EXPECT_EQ(comparison.per_class[0].counts.only_before, 5);
  EXPECT_EQ(comparison.per_class[1].counts.only_before, 5);
}

TEST(Comparison, NeverReadsAHighMcNemarAsEquality) {
  // Ten changed samples are too few for McNemar, and far too many for this margin.
  ModelReport after = model(Role::kAfter, "after", 950, 4000, 2);
  for (std::size_t i = 0; i < 5; ++i) after.per_sample[i] = 0;
  for (std::size_t i = 990; i < 995; ++i) after.per_sample[i] = 1;
  const Comparison comparison = compare(kDense, after, 0.001);
  EXPECT_GT(*comparison.mcnemar_p, 0.9);
  EXPECT_EQ(comparison.accuracy_verdict, AccuracyVerdict::kUndecided);
}

TEST(VerdictOf, SaysThatItPaidWhereItIsSmallerAndAsAccurate) {
  const std::string sentence = verdict(kDense, model(Role::kAfter, "after", 950, 4000, 2));
  EXPECT_THAT(sentence, HasSubstr("The compression paid"));
  EXPECT_THAT(sentence, HasSubstr("no faster that could be shown"));
}

TEST(VerdictOf, SaysHowMuchFasterOnlyWhereTheWholeIntervalIs) {
  const std::string sentence = verdict(kDense, model(Role::kAfter, "after", 950, 4000, 0.5));
  EXPECT_THAT(sentence, HasSubstr("4 times as fast"));
}

TEST(VerdictOf, SaysThatItDidNotPayWhereAccuracyIsLost) {
  const std::string sentence = verdict(kDense, model(Role::kAfter, "after", 800, 4000, 0.5));
  EXPECT_THAT(sentence, HasSubstr("did not pay"));
  EXPECT_THAT(sentence, HasSubstr("is less accurate"));
}

TEST(VerdictOf, IsUndecidedWhereTheNetworkIsSlower) {
  const std::string sentence = verdict(kDense, model(Role::kAfter, "after", 950, 4000, 3));
  EXPECT_THAT(sentence, HasSubstr("Undecided"));
  EXPECT_THAT(sentence, HasSubstr("slower by 50.0%"));
}

TEST(VerdictOf, NamesTheRivalThatIsSmallerFasterAndAsAccurate) {
  const ModelReport after = model(Role::kAfter, "after", 950, 12000, 2);
  const ModelReport better = model(Role::kRival, "dense int8", 950, 10000, 1);
  EXPECT_THAT(verdict(kDense, after, {better}),
              HasSubstr("A rival did better: the network with 30.0% of the parameters"));
  EXPECT_THAT(verdict(kDense, after, {better}),
              HasSubstr("the dense int8 network is smaller, faster and as accurate"));
  const ModelReport larger = model(Role::kRival, "dense int8", 950, 13000, 1);
  const ModelReport slower = model(Role::kRival, "dense int8", 950, 10000, 2);
  const ModelReport worse = model(Role::kRival, "dense int8", 900, 10000, 1);
  EXPECT_THAT(verdict(kDense, after, {larger, slower, worse}), Not(HasSubstr("rival")));
}

TEST(PaidBack, GivesTheInferencesAfterWhichTheSavingHasPaid) {
  ModelReport before = kDense;
  before.energy.emplace();
  before.energy->per_inference = {.value = 2.0, .unit = "J"};
  Comparison comparison;
  comparison.energy_ratio = {.value = 0.5, .unit = "", .interval = Interval{0.4, 0.75}};
  const auto paid = paid_back({.value = 1000.0, .unit = "J"}, before, comparison);
  EXPECT_DOUBLE_EQ(*paid->inferences.value, 1000);
  EXPECT_DOUBLE_EQ(paid->inferences.interval->high, 2000);
  comparison.energy_ratio.interval = {0.9, 1.1};
  EXPECT_THAT(paid_back({.value = 1000.0, .unit = "J"}, before, comparison)->sentence,
              HasSubstr("never shown"));
}

TEST(PaidBack, NeverMixesMeasuredAndEstimated) {
  ModelReport before = kDense;
  before.energy.emplace();
  before.energy->per_inference = {.value = 2.0, .unit = "J"};
  Comparison comparison;
  comparison.energy_ratio = {.value = 0.5, .unit = "", .interval = Interval{0.4, 0.75}};
  const Figure estimated = {.value = 1000.0, .unit = "J", .provenance = Provenance::kEstimated};
  EXPECT_FALSE(paid_back(estimated, before, comparison).has_value());
  EXPECT_FALSE(paid_back({.value = std::nullopt, .unit = "J"}, before, comparison).has_value());
}

TEST(ReportMarkdown, KeepsANameFromEndingItsCell) {
  Report report;
  report.models = {kDense, model(Role::kRival, "a|b\nc", 950, 10000, 1)};
  const std::string text = to_markdown(report);
  EXPECT_THAT(text, HasSubstr("| rival: a\\|b c |"));
  EXPECT_THAT(text, HasSubstr("|---|---:|---:|"));
}

}  // namespace
}  // namespace gcompress::measure

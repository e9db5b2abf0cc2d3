#include "gcompress/measure/trials.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/measure/report.h"

namespace gcompress::measure {
namespace {

ModelReport model(const std::string& name, double accuracy) {
  ModelReport report{.role = Role::kRival, .name = name};
  report.accuracy = Accuracy{.metric = "top1",
                             .correct = static_cast<std::int64_t>(accuracy * 1000),
                             .total = 1000,
                             .figure = {.value = accuracy, .unit = "share"}};
  for (int i = 0; i < 1000; ++i) report.per_sample.push_back(i < accuracy * 1000 ? 1 : 0);
  return report;
}

Trials trials_of(int seeds) {
  Trials trials{.arms = {{.name = "dense", .models = {}},
                         {.name = "ticket", .models = {}},
                         {.name = "random mask", .models = {}}},
                .differences = {},
                .subject = "ticket",
                .verdict = {}};
  for (TrialArm& arm : trials.arms) {
    for (int seed = 0; seed < seeds; ++seed) {
      arm.models.push_back(arm.name + " " + std::to_string(seed));
    }
  }
  return trials;
}

std::vector<ModelReport> models() {
  return {
      model("dense 0", 0.98),       model("dense 1", 0.982),      model("dense 2", 0.984),
      model("ticket 0", 0.981),     model("ticket 1", 0.981),     model("ticket 2", 0.985),
      model("random mask 0", 0.95), model("random mask 1", 0.96), model("random mask 2", 0.955)};
}

TEST(Trials, MeansDeviationsAndPairedDifferences) {
  Trials trials = trials_of(3);
  summarize(models(), trials);
  EXPECT_NEAR(*trials.arms[0].mean.value, 0.982, 1e-12);
  EXPECT_NEAR(*trials.arms[0].deviation.value, 0.002, 1e-12);
  // Student's 97.5% quantile with two degrees of freedom is 4.3027.
  EXPECT_NEAR(trials.arms[0].mean.interval->low, 0.982 - 4.3027 * 0.002 / std::sqrt(3.0), 1e-6);
  ASSERT_EQ(trials.differences.size(), 2U);
  EXPECT_EQ(trials.differences[0].name, "ticket - dense");
  EXPECT_NEAR(*trials.differences[0].figure.value, 0.001 / 3, 1e-9);
  EXPECT_NEAR(*trials.differences[1].figure.value, 0.0273333, 1e-6);
  EXPECT_NE(trials.verdict.find("is not told apart from 'dense'"), std::string::npos)
      << trials.verdict;
  EXPECT_NE(trials.verdict.find("does better than 'random mask'"), std::string::npos)
      << trials.verdict;
}

TEST(Trials, OneSeedIsJudgedByItsSamples) {
  Trials trials = trials_of(1);
  summarize(models(), trials);
  EXPECT_FALSE(trials.arms[0].mean.interval.has_value());
  EXPECT_FALSE(trials.arms[0].deviation.value.has_value());
  ASSERT_TRUE(trials.differences[1].figure.interval.has_value());
  EXPECT_GT(trials.differences[1].figure.interval->low, 0);
  EXPECT_NE(to_table(trials).find("random mask"), std::string::npos);
}

TEST(Trials, AMissingAccuracyIsNotMadeUp) {
  Trials trials = trials_of(3);
  std::vector<ModelReport> some = models();
  some[4].accuracy.reset();  // a ticket
  summarize(some, trials);
  EXPECT_FALSE(trials.arms[1].mean.value.has_value());
  EXPECT_FALSE(trials.differences[0].figure.value.has_value());
  EXPECT_NE(trials.verdict.find("cannot be compared"), std::string::npos);
}

}  // namespace
}  // namespace gcompress::measure

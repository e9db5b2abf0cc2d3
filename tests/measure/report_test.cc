// Reports: the JSON that others rely on, the table, the verdict.
#include "gcompress/measure/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gcompress::measure {
namespace {

using testing::HasSubstr;

ModelReport model(Role role, std::int64_t right, std::int64_t nonzero) {
  execute::Score score;
  score.metric = "top1";
  score.correct = right;
  score.total = 1000;
  score.value = static_cast<double>(right) / 1000;
  ModelReport report;
  report.role = role;
  report.name = name_of(role);
  report.sizes = {.parameters = 10000,
                  .parameters_nonzero = nonzero,
                  .dense_bytes = 40000,
                  .packed_bytes = nonzero * 5,
                  .flops = 20000,
                  .flops_nonzero = 2 * nonzero};
  report.accuracy = accuracy_of(score);
  report.per_sample.assign(1000, 0.0F);
  for (std::int64_t i = 0; i < right; ++i) report.per_sample[static_cast<std::size_t>(i)] = 1;
  return report;
}

Comparison compared(const ModelReport& before, const ModelReport& after) {
  Comparison comparison = compare(before, after, 0.01);
  comparison.verdict = verdict_of(before, after, {}, comparison);
  return comparison;
}

Report before_and_after(std::int64_t right_after) {
  Report report;
  report.seed = 5;
  report.models = {model(Role::kBefore, 950, 10000), model(Role::kAfter, right_after, 1000)};
  report.comparison = compared(report.models[0], report.models[1]);
  return report;
}

TEST(ReportJson, HasTheFieldsThatOthersRelyOn) {
  const nlohmann::json json = nlohmann::json::parse(to_json(before_and_after(949)));
  EXPECT_EQ(json["schema"], "gcompress-report/1");
  EXPECT_EQ(json["seed"], 5);
  const auto& after = json["models"][1];
  EXPECT_EQ(after["role"], "after");
  EXPECT_EQ(after["sizes"]["parameters"], 10000);
  EXPECT_EQ(after["sizes"]["parameters_nonzero"], 1000);
  EXPECT_EQ(after["sizes"]["packed_bytes"], 5000);
  EXPECT_EQ(after["accuracy"]["correct"], 949);
  EXPECT_EQ(after["accuracy"]["figure"]["provenance"], "measured");
  EXPECT_EQ(after["accuracy"]["figure"]["interval"].size(), 2U);
  EXPECT_NEAR(json["comparison"]["accuracy_difference"]["value"].get<double>(), -0.001, 1e-9);
  EXPECT_TRUE(json["comparison"]["verdict"].is_string());
}

TEST(ReportJson, SaysNullWhereNothingIsKnown) {
  Report report;
  report.models = {ModelReport{}};
  const nlohmann::json json = nlohmann::json::parse(to_json(report));
  EXPECT_TRUE(json["models"][0]["accuracy"].is_null());
  EXPECT_TRUE(json["models"][0]["sizes"]["packed_bytes"].is_null());
  EXPECT_TRUE(json["comparison"].is_null());
}

TEST(ReportJson, SurvivesNamesThatAreNotUtf8) {
  Report report;
  report.layers = {{.layer = "conv\xff", .tensor = "w", .role = "kernel", .size = 1, .kept = 1}};
  EXPECT_TRUE(nlohmann::json::accept(to_json(report)));
}

TEST(Verdict, SaysAsAccurateWhenTheIntervalAllowsIt) {
  EXPECT_THAT(before_and_after(949).comparison->verdict, HasSubstr("as accurate within 1 points"));
}

TEST(Verdict, SaysLessAccurateWhenTheIntervalLiesBelow) {
  EXPECT_THAT(before_and_after(800).comparison->verdict, HasSubstr("is less accurate"));
}

TEST(Verdict, SaysUndecidedWhenTheIntervalHoldsBothNoLossAndTheMargin) {
  Report report = before_and_after(940);
  ModelReport& after = report.models[1];
  // Eighty samples changed, both ways alike: no difference, but a wide interval.
  for (int i = 0; i < 30; ++i) after.per_sample[static_cast<std::size_t>(i)] = 0;
  for (int i = 0; i < 40; ++i) after.per_sample[static_cast<std::size_t>(960 + i)] = 1;
  after.accuracy->correct = 950;
  after.accuracy->figure.value = 0.95;
  EXPECT_THAT(compared(report.models[0], after).verdict, HasSubstr("undecided"));
}

TEST(Verdict, SaysUnknownWithoutData) {
  ModelReport before = model(Role::kBefore, 0, 10000);
  ModelReport after = model(Role::kAfter, 0, 1000);
  before.accuracy.reset();
  after.accuracy.reset();
  EXPECT_THAT(compared(before, after).verdict, HasSubstr("unknown accuracy"));
  EXPECT_THAT(compared(before, after).verdict, HasSubstr("likely poor"));
  after.sizes.parameters_nonzero = before.sizes.parameters_nonzero;  // nothing was pruned
  EXPECT_THAT(compared(before, after).verdict, ::testing::Not(HasSubstr("likely poor")));
}

TEST(Comparison, CountsTheSamplesThatChanged) {
  const Comparison comparison = *before_and_after(940).comparison;
  ASSERT_TRUE(comparison.changed.has_value());
  EXPECT_EQ(comparison.changed->only_before, 10);
  EXPECT_EQ(comparison.changed->only_after, 0);
}

TEST(ReportTable, SaysWhichSamplesChangedAndHowSurelyOneMaySpeakOfIt) {
  Report report = before_and_after(900);
  EXPECT_THAT(changes_text(report), HasSubstr("became wrong: 50; became right: 0."));
  EXPECT_THAT(changes_text(report), HasSubstr("Difference: -5.00 points ["));
  report.comparison->changed.reset();
  EXPECT_EQ(changes_text(report), "");
}

// What is timed at a median of so many ms, within a hundredth.
LatencyResult timed(const std::string& executor, double milliseconds) {
  LatencyResult latency;
  latency.executor = executor;
  latency.runtime.version = "1.2";
  latency.median.value = milliseconds;
  latency.median.unit = "ms";
  latency.p90 = latency.p99 = latency.throughput = latency.median;
  latency.visits = 20;
  latency.milliseconds.assign(400, milliseconds);
  for (std::size_t i = 0; i < 400; i += 2) latency.milliseconds[i] *= 1.01;
  return latency;
}

Report with_rival() {
  Report report = before_and_after(949);
  ModelReport rival = model(Role::kRival, 950, 500);
  rival.name = "dense int8";
  rival.sizes.dense_bytes = 10000;
  report.models[0].latency = {timed("torch", 2)};
  report.models[1].latency = {timed("torch", 2)};
  rival.latency = {timed("onnxruntime", 1)};
  report.models.push_back(std::move(rival));
  return report;
}

TEST(Verdict, NamesTheRuntimeOfARivalThatDidBetter) {
  const Report report = with_rival();
  const Comparison comparison = compare(report.models[0], report.models[1], 0.01);
  EXPECT_THAT(verdict_of(report.models[0], report.models[1], report.models, comparison),
              HasSubstr("but the dense int8 network in onnxruntime is smaller, faster"));
}

TEST(ReportTable, NamesTheRuntimeOfEachWhereTheyDiffer) {
  Report report = with_rival();
  EXPECT_THAT(to_table(report), HasSubstr("runtime"));
  EXPECT_THAT(to_table(report), HasSubstr("onnxruntime 1.2"));
  EXPECT_THAT(to_table(report), HasSubstr("latency, batch 1 "));
  report.models.pop_back();
  EXPECT_THAT(to_table(report), HasSubstr("latency, batch 1, torch 1.2"));
  EXPECT_THAT(to_table(report), ::testing::Not(HasSubstr("runtime")));
}

TEST(ReportTable, PackedBytesAreAShareOfTheFirstNetworksBytes) {
  EXPECT_THAT(to_table(with_rival()), HasSubstr("2,500 (6.2%)"));  // of 40,000
}

TEST(ReportTable, HasAColumnForEachNetworkAndTheFourSizes) {
  const std::string table = to_table(before_and_after(949));
  for (const char* word : {"before", "after", "top1", "94.90%", "1,000 (10.0%)", "dense bytes",
                           "packed bytes", "FLOPs, nonzero"}) {
    EXPECT_THAT(table, HasSubstr(word));
  }
}

}  // namespace
}  // namespace gcompress::measure

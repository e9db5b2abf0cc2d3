// Two reports: what is a change, what is noise, and what cannot be compared.
#include "gcompress/measure/report_compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"
#include "tests/measure/stored_report_text.h"
#include "tests/support/scratch.h"

namespace gcompress::measure {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const StoredReport kReport = parse_report(testing::kReportText, "first.json");

StoredReport changed(const std::string& from, const std::string& to) {
  return parse_report(testing::report_text_with(from, to), "second.json");
}

// Of the network after; fails the test where it is not there.
FigureChange figure_of(const ReportComparison& comparison, const std::string& what,
                       Role role = Role::kAfter) {
  for (const FigureChange& figure : comparison.figures) {
    if (figure.role == role && figure.what.starts_with(what)) return figure;
  }
  ADD_FAILURE() << what << " is not compared";
  return {};
}

TEST(ReportCompare, OfOneReportFindsNothing) {
  const ReportComparison comparison = compare_reports(kReport, kReport, {});
  EXPECT_FALSE(comparison.regressed);
  for (const FigureChange& figure : comparison.figures) {
    EXPECT_NE(figure.change, Change::kBetter) << figure.what;
    EXPECT_NE(figure.change, Change::kWorse) << figure.what;
  }
  EXPECT_EQ(figure_of(comparison, "top1").change, Change::kWithinNoise);
  EXPECT_EQ(figure_of(comparison, "packed bytes").change, Change::kSame);
  EXPECT_EQ(figure_of(comparison, "median ms").change, Change::kWithinNoise);
  EXPECT_EQ(figure_of(comparison, "energy of an inference").change, Change::kWithinNoise);
}

TEST(ReportCompare, DecidesLatencyByWhetherIntervalsOverlap) {
  const auto median = [](const std::string& text) {
    const ReportComparison comparison =
        compare_reports(kReport,
                        changed(R"("value": 2.0, "unit": "ms", "interval": [1.9, 2.1])",
                                R"("unit": "ms", )" + text),
                        {});
    EXPECT_EQ(comparison.regressed, figure_of(comparison, "median ms").regression);
    return figure_of(comparison, "median ms");
  };
  EXPECT_EQ(median(R"("value": 2.15, "interval": [2.05, 2.2])").change, Change::kWithinNoise);
  EXPECT_EQ(median(R"("value": 1.7, "interval": [1.6, 1.8])").change, Change::kBetter);
  const FigureChange worse = median(R"("value": 2.5, "interval": [2.4, 2.6])");
  EXPECT_EQ(worse.change, Change::kWorse);
  EXPECT_TRUE(worse.regression);
  EXPECT_NEAR(*worse.difference.value, 1.25, 1e-12);
  EXPECT_NEAR(worse.difference.interval->low, 2.4 / 2.1, 1e-12);
  // Worse for sure, but by less than 5% of 2.0.
  const FigureChange tolerated = median(R"("value": 2.099, "interval": [2.11, 2.12])");
  EXPECT_EQ(tolerated.change, Change::kWorse);
  EXPECT_FALSE(tolerated.regression);
  const FigureChange unknown = median(R"("value": 9, "interval": null)");
  EXPECT_EQ(unknown.change, Change::kUndecided);
  EXPECT_FALSE(unknown.regression);
}

TEST(ReportCompare, DecidesAccuracyByTheDifferencesInterval) {
  const auto top1 = [](int correct, const CompareLimits& limits) {
    StoredReport second = changed("\"correct\": 970", "\"correct\": " + std::to_string(correct));
    second.models[1].accuracy->figure.value = correct / 1000.0;
    const ReportComparison comparison = compare_reports(kReport, second, limits);
    EXPECT_EQ(comparison.regressed, figure_of(comparison, "top1").regression);
    return figure_of(comparison, "top1");
  };
  EXPECT_EQ(top1(965, {}).change, Change::kWithinNoise);
  EXPECT_EQ(top1(995, {}).change, Change::kBetter);
  const FigureChange worse = top1(940, {});
  EXPECT_EQ(worse.change, Change::kWorse);
  EXPECT_NEAR(*worse.difference.value, -0.03, 1e-12);
  EXPECT_LT(worse.difference.interval->high, 0);
  EXPECT_TRUE(worse.regression);
  EXPECT_FALSE(top1(940, {.max_drop = 0.05}).regression);
}

TEST(ReportCompare, TakesScoresWithoutIntervalsAsTheyStand) {
  StoredReport first = kReport;
  StoredReport second = kReport;
  for (StoredReport* report : {&first, &second}) {
    report->models[1].accuracy =
        Accuracy{.metric = "mean_squared_error",
                 .total = 100,
                 .figure = {.value = report == &first ? 0.10 : 0.12, .unit = "mean_squared_error"}};
  }
  const FigureChange worse = figure_of(compare_reports(first, second, {}), "mean_squared_error");
  EXPECT_EQ(worse.change, Change::kWorse);
  EXPECT_TRUE(worse.regression);
  EXPECT_EQ(figure_of(compare_reports(second, first, {}), "mean_squared_error").change,
            Change::kBetter);
  EXPECT_FALSE(compare_reports(first, second, {.max_drop = 0.05}).regressed);
}

TEST(ReportCompare, SizesHaveNoNoise) {
  const StoredReport larger = changed("\"packed_bytes\": 500", "\"packed_bytes\": 530");
  EXPECT_TRUE(compare_reports(kReport, larger, {}).regressed);
  EXPECT_FALSE(compare_reports(kReport, larger, {.tolerance = 0.1}).regressed);
  EXPECT_EQ(figure_of(compare_reports(kReport, larger, {.tolerance = 0.1}), "packed bytes").change,
            Change::kWorse);
  EXPECT_EQ(figure_of(compare_reports(larger, kReport, {}), "packed bytes").change,
            Change::kBetter);
}

TEST(ReportCompare, LeavesTimesAndEnergiesOfOtherHostsAlone) {
  const ReportComparison comparison =
      compare_reports(kReport, changed("Fake 9000", "Fake 9001"), {});
  for (const std::string what : {"median ms", "p90 ms", "energy of an inference"}) {
    EXPECT_EQ(figure_of(comparison, what).change, Change::kNotCompared) << what;
    EXPECT_THAT(figure_of(comparison, what).why_not, HasSubstr("hosts"));
  }
  EXPECT_EQ(figure_of(comparison, "top1").change, Change::kWithinNoise);
  EXPECT_THAT(comparison.notes, Contains(HasSubstr("Fake 9001")));
}

TEST(ReportCompare, LeavesOtherExecutorsAndThreadsAlone) {
  for (const auto& [from, to] :
       {std::pair("\"torch\"", "\"engine\""), std::pair("\"threads\": 2", "\"threads\": 1")}) {
    const ReportComparison comparison = compare_reports(kReport, changed(from, to), {});
    for (const FigureChange& figure : comparison.figures) {
      EXPECT_THAT(figure.what, ::testing::Not(HasSubstr("median"))) << to;
    }
    EXPECT_EQ(figure_of(comparison, "energy of an inference").change, Change::kNotCompared);
    EXPECT_THAT(comparison.notes, Contains(HasSubstr("not compared")));
  }
}

TEST(ReportCompare, NeverSetsEstimatesAgainstMeasurements) {
  StoredReport estimated = kReport;
  estimated.models[1].joules_per_inference.provenance = Provenance::kEstimated;
  EXPECT_THAT(figure_of(compare_reports(kReport, estimated, {}), "energy of an inference").why_not,
              HasSubstr("measured against estimated"));
  EXPECT_THAT(
      figure_of(compare_reports(estimated, estimated, {}), "energy of an inference").why_not,
      HasSubstr("assumptions"));
  StoredReport other = kReport;
  other.models[1].sensors = {"another"};
  EXPECT_THAT(figure_of(compare_reports(kReport, other, {}), "energy of an inference").why_not,
              HasSubstr("sensors"));
}

TEST(ReportCompare, ComparesMemoryWhateverTheEnergySensors) {
  StoredReport first = kReport;
  first.models[1].peak_memory = {.value = 1e6, .unit = "bytes"};
  StoredReport second = first;
  second.models[1].sensors = {"another"};
  EXPECT_EQ(figure_of(compare_reports(first, second, {}), "peak memory").why_not, "no interval");
}

TEST(ReportCompare, LeavesOtherTestDataAlone) {
  const ReportComparison comparison =
      compare_reports(kReport, changed("\"total\": 1000", "\"total\": 2000"), {});
  EXPECT_THAT(figure_of(comparison, "top1").why_not, HasSubstr("1000 samples and on 2000"));
}

TEST(ReportCompare, ANetworkBeforeThatChangedIsNoRegressionButANote) {
  const StoredReport slower = changed(R"("value": 2.5, "unit": "ms", "interval": [2.4, 2.6])",
                                      R"("value": 5, "unit": "ms", "interval": [4.9, 5.1])");
  const ReportComparison comparison = compare_reports(kReport, slower, {});
  EXPECT_EQ(figure_of(comparison, "median ms", Role::kBefore).change, Change::kWorse);
  EXPECT_FALSE(comparison.regressed);
  EXPECT_THAT(comparison.notes, Contains(HasSubstr("something else than the network changed")));
}

TEST(ReportCompare, NeedsANetworkAfter) {
  StoredReport empty = kReport;
  empty.models.clear();
  empty.file = "empty.json";
  EXPECT_THAT(testing::thrown_by([&] { compare_reports(kReport, empty, {}); }),
              HasSubstr("empty.json"));
  EXPECT_THROW(compare_reports(kReport, kReport, {.tolerance = -1}), Error);
}

TEST(ReportCompare, SaysItAsTextAndAsJson) {
  const StoredReport larger = changed("\"packed_bytes\": 500", "\"packed_bytes\": 530");
  const ReportComparison comparison = compare_reports(kReport, larger, {});
  const std::string text = to_text(comparison, kReport, larger);
  EXPECT_THAT(text, HasSubstr("WORSE than tolerated"));
  EXPECT_THAT(text, HasSubstr("x 1.06"));
  const std::string json = to_json(comparison, kReport, larger);
  EXPECT_THAT(json, HasSubstr("gcompress-report-comparison/1"));
  EXPECT_THAT(json, HasSubstr("\"regressed\": true"));
}

}  // namespace
}  // namespace gcompress::measure

// Reading reports back: what was written, and what no report of ours says.
#include "gcompress/measure/report_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"
#include "tests/measure/stored_report_text.h"
#include "tests/support/scratch.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// What reading the text says against it; checks that it is said of the input.
std::string refusal_of(const std::string& text) {
  try {
    parse_report(text, "theirs.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("theirs.json"));
    return error.what();
  }
  return "accepted";
}

std::string refusal_with(const std::string& from, const std::string& to) {
  return refusal_of(testing::report_text_with(from, to));
}

TEST(ReportRead, KeepsWhatTheReportSays) {
  const StoredReport report = parse_report(testing::kReportText, "mine.json");
  EXPECT_EQ(report.seed, 7U);
  EXPECT_EQ(report.host.processor, "Fake 9000");
  ASSERT_THAT(report.models, SizeIs(2));
  const StoredModel& after = *report.find(Role::kAfter);
  EXPECT_EQ(after.sizes.parameters_nonzero, 100);
  EXPECT_EQ(after.sizes.packed_bytes, 500);
  EXPECT_EQ(after.accuracy->correct, 970);
  ASSERT_THAT(after.latency, SizeIs(1));
  EXPECT_EQ(after.latency[0].executor, "torch");
  EXPECT_EQ(*after.latency[0].median.value, 2.0);
  EXPECT_FALSE(after.latency[0].p99.value);
  EXPECT_EQ(*after.joules_per_inference.value, 0.8);
  EXPECT_EQ(report.energy_ratio.interval->low, 0.7);
  ASSERT_THAT(report.stages, SizeIs(3));
  EXPECT_EQ(report.stages[2].energy.provenance, Provenance::kEstimated);
}

TEST(ReportRead, ReadsWhatToJsonWrites) {
  Report written;
  written.models.push_back({.role = Role::kAfter, .name = "net"});
  LatencyResult latency{.executor = "torch", .threads = 2};
  latency.median = {.value = 1.5, .unit = "ms", .interval = Interval{1.4, 1.6}};
  written.models[0].latency.push_back(latency);
  const StoredReport report = parse_report(to_json(written), "mine.json");
  EXPECT_EQ(report.find(Role::kAfter)->name, "net");
  EXPECT_EQ(report.find(Role::kAfter)->latency[0].median.interval->high, 1.6);
  EXPECT_EQ(report.find(Role::kBefore), nullptr);
}

TEST(ReportRead, NamesTheEntryThatIsWrong) {
  EXPECT_THAT(refusal_with("\"flops\": 2000", "\"flops\": \"many\""),
              HasSubstr("models[0].sizes.flops"));
  EXPECT_THAT(refusal_with("\"flops\": 2000", "\"flops\": -2000"), HasSubstr("from 0 on"));
  EXPECT_THAT(refusal_with("\"flops\": 2000", "\"flops\": 1.5"), HasSubstr("whole number"));
  EXPECT_THAT(refusal_with("\"role\": \"before\"", "\"role\": \"beside\""),
              HasSubstr("models[0].role"));
  EXPECT_THAT(refusal_with("\"median\": {", "\"median\": [], \"x\": {"),
              HasSubstr("models[0].latency[0].median"));
  EXPECT_THAT(refusal_with("[0.7, 0.9]", "[0.9, 0.7]"), HasSubstr("comparison.energy_ratio"));
  EXPECT_THAT(refusal_with("[0.7, 0.9]", "[0.7]"), HasSubstr("two ends"));
  EXPECT_THAT(refusal_with("\"provenance\": \"estimated\"", "\"provenance\": \"guessed\""),
              HasSubstr("stages[2].energy.provenance"));
  EXPECT_THAT(refusal_with("\"parameters\": 1000,", ""), HasSubstr("\"parameters\" is missing"));
}

TEST(ReportRead, RefusesWhatIsNoReport) {
  EXPECT_THAT(refusal_of(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of("{\"schema\": \"gcompress-report/1\""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of("[]"), HasSubstr("no object"));
  EXPECT_THAT(refusal_of("{}"), HasSubstr("\"schema\" is missing"));
  EXPECT_THAT(refusal_with("gcompress-report/1", "gcompress-report/2"),
              HasSubstr("another schema"));
  EXPECT_THAT(refusal_of(std::string(100'000, '[')), HasSubstr("nested deeper"));
}

TEST(ReportRead, RefusesNumbersThatNothingRealReaches) {
  EXPECT_THAT(refusal_with("\"flops\": 2000", "\"flops\": 18446744073709551615"),
              HasSubstr("no such number"));
  EXPECT_THAT(refusal_with("\"value\": 0.8", "\"value\": 1e300"), HasSubstr("no such number"));
  EXPECT_THAT(refusal_with("\"value\": 0.8", "\"value\": 1e999"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_with("\"parameters_nonzero\": 100", "\"parameters_nonzero\": 100000"),
              HasSubstr("larger than the whole"));
  EXPECT_THAT(refusal_with("\"correct\": 970", "\"correct\": 9700"), HasSubstr("more correct"));
  EXPECT_THAT(refusal_with("\"value\": 3600", "\"value\": -3600"), HasSubstr("negative"));
  EXPECT_THAT(refusal_with("\"value\": 3600, \"unit\": \"J\"", "\"value\": 1, \"unit\": \"kWh\""),
              HasSubstr("the unit is not J"));
}

TEST(ReportRead, TakesControlCharactersOutOfNames) {
  const StoredReport report =
      parse_report(testing::report_text_with("Fake 9000", "Fake\\u001b[2J\\n9000"), "theirs.json");
  EXPECT_EQ(report.host.processor, "Fake?[2J?9000");
}

TEST(ReportRead, CutsIntervalsOfEnergyAtZero) {
  const StoredReport report =
      parse_report(testing::report_text_with("[3500, 3700]", "[-10, 3700]"), "mine.json");
  EXPECT_EQ(report.stages[0].energy.interval->low, 0);
}

TEST(ReportRead, NamesAFileThatIsNotThere) {
  EXPECT_THAT(testing::thrown_by([] { read_report("no-such-report.json"); }),
              HasSubstr("no-such-report.json"));
}

}  // namespace
}  // namespace gcompress::measure

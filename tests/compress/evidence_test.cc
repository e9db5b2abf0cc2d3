// Evidence files, written and read back; JSON that differs.
#include "gcompress/compress/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gcompress/compress/json_differences.h"
#include "gcompress/core/base/error.h"
#include "tests/support/scratch.h"

namespace gcompress::compress {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

measure::ModelReport network() {
  measure::ModelReport model;
  model.role = measure::Role::kRival;
  model.name = "../../dense, trained on";
  model.per_sample = {1, 0, 0.1F};
  model.answers = {7, 2, -1};
  model.labels = {7, 3, 0};
  model.detail = {1, 1.0 / 3, 0};
  model.latency.emplace_back();
  model.latency.front().batch = 32;
  model.latency.front().visits = 2;
  model.latency.front().milliseconds = {0.1, 1.0 / 3};
  model.memory.emplace();
  model.memory->cold_starts = {100.5};
  return model;
}

measure::ModelReport without_evidence() {
  measure::ModelReport model;
  model.role = measure::Role::kRival;
  model.name = "../../dense, trained on";
  model.latency.emplace_back();
  model.latency.front().batch = 32;
  return model;
}

TEST(EvidenceFiles, ComeBackBitForBitUnderNamesThatStayInTheFolder) {
  const gcompress::testing::Scratch scratch;
  measure::Report report;
  report.models = {network()};
  write_evidence(report, scratch / "evidence");
  measure::ModelReport read = without_evidence();
  read_evidence(scratch / "evidence", read);
  EXPECT_EQ(read.per_sample, network().per_sample);
  EXPECT_EQ(read.answers, network().answers);
  EXPECT_EQ(read.labels, network().labels);
  EXPECT_EQ(read.detail, network().detail);
  EXPECT_EQ(read.latency.front().milliseconds, network().latency.front().milliseconds);
  EXPECT_EQ(read.latency.front().visits, 2);
  EXPECT_EQ(read.memory->cold_starts, network().memory->cold_starts);
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    EXPECT_EQ(entry.path().filename(), "evidence");
  }
}

TEST(EvidenceFiles, ThatAreDamagedAreNamedWithTheirLine) {
  const gcompress::testing::Scratch scratch;
  measure::Report report;
  report.models = {network()};
  write_evidence(report, scratch / "evidence");
  const auto refusal = [&scratch](const std::string& content) -> std::string {
    for (const auto& entry : std::filesystem::directory_iterator(scratch / "evidence")) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with("on.csv")) std::ofstream(entry.path()) << content;
    }
    try {
      measure::ModelReport read = without_evidence();
      read_evidence(scratch / "evidence", read);
    } catch (const Error& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_THAT(refusal("sample,result\n0,1\n1,x\n"), HasSubstr("line 3: 'x' is no number"));
  EXPECT_THAT(refusal("sample,result\n0\n"), HasSubstr("line 2 has 1 values"));
  EXPECT_EQ(refusal(""), "taken");  // as if it were not there
}

std::vector<std::string> differing(const std::string& claimed, const std::string& found) {
  std::vector<Finding> findings;
  add_differences(nlohmann::ordered_json::parse(claimed), nlohmann::ordered_json::parse(found), "",
                  findings);
  std::vector<std::string> entries;
  for (const Finding& finding : findings) entries.push_back(finding.entry);
  return entries;
}

TEST(JsonDifferences, AreFoundLeafByLeaf) {
  EXPECT_THAT(differing(R"({"a": 1, "b": [1, 2]})", R"({"b": [1, 2], "a": 1})"), ElementsAre());
  EXPECT_THAT(differing(R"({"a": 1, "b": [1, 2]})", R"({"a": 2, "b": [1, 3, 4], "c": null})"),
              ElementsAre("/a", "/b/1", "/b/2", "/c"));
  EXPECT_THAT(differing(R"({"a": null})", R"({"a": 0})"), ElementsAre("/a"));
}

TEST(JsonDifferences, ForgiveRoundingAndNothingElse) {
  EXPECT_THAT(differing("[0.1]", "[0.10000000000000002]"), ElementsAre());
  EXPECT_THAT(differing("[0.1]", "[0.100001]"), ElementsAre("/0"));
  EXPECT_THAT(differing("[9850]", "[9849]"), ElementsAre("/0"));
  EXPECT_THAT(differing("[0]", "[1e-300]"), ElementsAre("/0"));
}

}  // namespace
}  // namespace gcompress::compress

// The page of a report: one file that holds all, whatever the report's strings are. What a browser
// makes of it is tested by end_to_end/report_page.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gcompress/measure/report_page/page.h"

namespace gcompress::measure {
namespace {

using testing::HasSubstr;
using testing::Not;

// What stands in the element that holds the report.
std::string report_in(const std::string& page) {
  const std::string begin = "id=\"report\">";
  const std::size_t from = page.find(begin) + begin.size();
  return page.substr(from, page.find("</script>", from) - from);
}

// The page without the chart library, whose text is not ours to judge.
std::string own_part(const std::string& page) {
  const std::size_t from = page.find("/*!\n * Chart.js");
  EXPECT_NE(from, std::string::npos);
  return page.substr(0, from) + page.substr(page.find("</script>", from));
}

TEST(ReportPage, HoldsTheReportUnchanged) {
  const nlohmann::json report = {
      {"schema", "gcompress-report/1"},
      {"notes",
       {"</script><script>alert(1)</script>", "<!--<script>", "a & b", "\xe2\x80\xa8 \xe2\x80\xa9",
        "\"quoted\" \\ and \n", "{{style}}", ")embedded\""}}};
  EXPECT_EQ(nlohmann::json::parse(report_in(to_html(report.dump()))), report);
}

TEST(ReportPage, LetsNoTextOfTheReportEndItsElement) {
  const std::string held =
      report_in(to_html(R"({"a": "</script><!-- & >", "</SCRIPT>": "\u003c"})"));
  EXPECT_THAT(held, testing::EndsWith("}"));
  for (const char* character : {"<", ">", "&"}) EXPECT_THAT(held, Not(HasSubstr(character)));
}

TEST(ReportPage, EscapesLineSeparators) {
  const std::string held = report_in(to_html("{\"a\": \"\xe2\x80\xa8\xe2\x80\xa9\"}"));
  EXPECT_EQ(held, "{\"a\": \"\\u2028\\u2029\"}");
}

TEST(ReportPage, FetchesNothing) {
  const std::string page = to_html("{}");
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  const std::string own = own_part(page);
  for (const char* way : {"http://", "https://", "src=", "<link", "@import", "url(", "fetch(",
                          "XMLHttpRequest", "import(", "WebSocket"}) {
    EXPECT_THAT(own, Not(HasSubstr(way)));
  }
}

TEST(ReportPage, ReadsNoTextOfTheReportAsMarkup) {
  const std::string own = own_part(to_html("{}"));
  for (const char* way :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("}) {
    EXPECT_THAT(own, Not(HasSubstr(way)));
  }
}

TEST(ReportPage, CarriesTheLicenceOfTheChartLibrary) {
  const std::string page = to_html("{}");
  EXPECT_THAT(page, HasSubstr("Released under the MIT License"));
  EXPECT_THAT(page, HasSubstr("Permission is hereby granted"));
}

TEST(ReportPage, FillsEveryPlaceOfTheTemplate) {
  const std::string page = to_html("{}");
  for (const char* part : {"style", "chart_library", "chart_licence", "scripts", "report"}) {
    EXPECT_THAT(page, Not(HasSubstr("{{" + std::string(part) + "}}")));
  }
  EXPECT_THAT(to_html("{\"a\": \"{{scripts}}\"}"), HasSubstr("{\"a\": \"{{scripts}}\"}"));
}

}  // namespace
}  // namespace gcompress::measure

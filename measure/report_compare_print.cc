// What changed between two reports, for people and for programs.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "gcompress/measure/figure_json.h"
#include "gcompress/measure/report_compare.h"
#include "gcompress/measure/text_table.h"

namespace gcompress::measure {
namespace {

using Json = nlohmann::ordered_json;

std::string number_text(double value) {
  constexpr double kGroupedFrom = 1e4;
  constexpr double kMostGrouped = 1e15;
  const bool whole = value == std::floor(value) && std::abs(value) < kMostGrouped;
  if (whole && std::abs(value) >= kGroupedFrom) return with_commas(std::llround(value));
  return fmt::format("{:.5g}", value);
}

std::string figure_text(const Figure& figure) {
  if (!figure.value) return "-";
  std::string text = number_text(*figure.value);
  if (figure.interval) {
    text += fmt::format(" [{}, {}]", number_text(figure.interval->low),
                        number_text(figure.interval->high));
  }
  return text;
}

// "x 1.25", or "-0.01 [-0.02, 0.001]" of a difference.
std::string difference_text(const Figure& difference) {
  if (!difference.value) return "";
  if (difference.unit == "second / first") return fmt::format("x {:.4g}", *difference.value);
  std::string text = fmt::format("{:+.4g}", *difference.value);
  if (difference.interval) {
    text += fmt::format(" [{:+.4g}, {:+.4g}]", difference.interval->low, difference.interval->high);
  }
  return text;
}

std::string change_text(const FigureChange& figure) {
  std::string text = figure.regression ? "WORSE than tolerated" : name_of(figure.change);
  if (!figure.why_not.empty()) text += ": " + figure.why_not;
  return text;
}

Json figure_or_null(const Figure& figure) {
  return figure.value ? to_json_value(figure) : Json(nullptr);
}

Json to_json_value(const FigureChange& figure) {
  return {{"role", name_of(figure.role)},
          {"figure", figure.what},
          {"first", figure_or_null(figure.first)},
          {"second", figure_or_null(figure.second)},
          {"difference", figure_or_null(figure.difference)},
          {"change", name_of(figure.change)},
          {"regression", figure.regression},
          {"why_not", figure.why_not.empty() ? Json(nullptr) : Json(figure.why_not)}};
}

}  // namespace

std::string to_text(const ReportComparison& comparison, const StoredReport& first,
                    const StoredReport& second) {
  std::vector<std::vector<std::string>> rows = {{"", "", "first", "second", "", ""}};
  for (const FigureChange& figure : comparison.figures) {
    rows.push_back({name_of(figure.role), figure.what, figure_text(figure.first),
                    figure_text(figure.second), difference_text(figure.difference),
                    change_text(figure)});
  }
  std::string text = "first:  " + first.file + "\nsecond: " + second.file + "\n\n";
  text += align(rows, rows[0].size()) + "\n";
  for (const std::string& note : comparison.notes) text += note + "\n";
  return text + (comparison.regressed ? "The network after got worse than tolerated.\n"
                                      : "Nothing of the network after got worse than tolerated.\n");
}

std::string to_json(const ReportComparison& comparison, const StoredReport& first,
                    const StoredReport& second) {
  Json figures = Json::array();
  for (const FigureChange& figure : comparison.figures) figures.push_back(to_json_value(figure));
  const Json json = {{"schema", "gcompress-report-comparison/1"},
                     {"first", first.file},
                     {"second", second.file},
                     {"figures", figures},
                     {"notes", comparison.notes},
                     {"regressed", comparison.regressed}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gcompress::measure

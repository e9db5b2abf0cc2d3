// gcompress measure BEFORE [AFTER]: a one-stage recipe that changes nothing. And measure --compare:
// what changed between two reports.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/report_compare.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct MeasureArguments {
  std::string before;
  std::string after;
  std::vector<std::string> reports;  // two, to compare
  std::optional<double> tolerance;
  GivenOptions common;
};

double share_of(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value >= 0)) {
    throw_usage("--max-drop " + text + " is no share", "give 0.01 for a point");
  }
  return value;
}

// Of all that measure takes, only these say something about two reports.
measure::CompareLimits limits_of(const MeasureArguments& given, const GlobalOptions& options) {
  if (!given.before.empty() || options.dry_run || !options.recipe_out.empty()) {
    throw_usage("--compare compares two reports and measures nothing",
                "give --compare A B, --tolerance, --max-drop and --json only");
  }
  measure::CompareLimits limits;
  limits.tolerance = given.tolerance.value_or(limits.tolerance);
  for (const auto& [name, text] : given.common) {
    if (name != "max-drop") throw_usage(fmt::format("--{} does not go with --compare", name));
    limits.max_drop = share_of(text);
  }
  return limits;
}

int compare(const MeasureArguments& given, const GlobalOptions& options) {
  const measure::CompareLimits limits = limits_of(given, options);
  const measure::StoredReport first = measure::read_report(given.reports[0]);
  const measure::StoredReport second = measure::read_report(given.reports[1]);
  const measure::ReportComparison comparison = measure::compare_reports(first, second, limits);
  std::cout << (options.json ? to_json(comparison, first, second)
                             : to_text(comparison, first, second));
  return comparison.regressed ? exit_code(ErrorKind::kGoalMissed) : 0;
}

int measure_networks(MeasureArguments& given, const GlobalOptions& options) {
  if (given.before.empty()) throw_usage("before is required", "name a network, or two");
  if (given.tolerance) throw_usage("--tolerance without --compare", "give --compare A B");
  given.common.emplace_back("model", given.before);
  return run_recipe(make_recipe(given.common, {{"measure", {{"after", given.after}}}}), options);
}

}  // namespace

void setup_measure(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<MeasureArguments>();
  app.add_option("before", given->before, "a network: .onnx or .gcz");
  app.add_option("after", given->after, "its compressed version");
  app.add_option(
         "--compare", given->reports,
         "instead: what changed from one report.json to another; exit code 4 if it got worse")
      ->type_name("A B")
      ->expected(2);
  app.add_option("--tolerance", given->tolerance,
                 "with --compare: the share by which sizes, times and energies may grow [0.05]")
      ->type_name("X");
  add_rows(app, compress::common_options(), given->common, {"model"});
  add_global_options(app, options, false);
  app.callback([given, &options, &exit_code] {
    exit_code =
        given->reports.empty() ? measure_networks(*given, options) : compare(*given, options);
  });
}

}  // namespace gcompress::tools

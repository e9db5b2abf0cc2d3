// The row of the stage "ticket".
#include "gcompress/compress/pruning/ticket_stage.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gcompress/compress/fit_options.h"
#include "gcompress/compress/pruning/options.h"
#include "gcompress/compress/pruning/rewind.h"
#include "gcompress/core/base/error.h"
#include "gcompress/prune/criterion.h"

namespace gcompress::compress {
namespace {

// Those of pruning that a ticket is found by.
constexpr std::array<std::string_view, 12> kShared = {
    "target", "criterion", "allocation", "pattern",       "floor",  "floor-share",
    "only",   "ignore",    "exclude",    "include-fixed", "rounds", "rewind-to"};

std::vector<OptionRow> ticket_options() {
  std::vector<OptionRow> rows;
  for (const OptionRow& row : prune_options()) {
    if (std::ranges::find(kShared, row.name) != kShared.end()) rows.push_back(row);
  }
  for (OptionRow& row : rows) {
    if (row.name == "criterion") {  // what is best after a training, and no method to depend on
      row.fallback = std::string("magnitude");
      row.help = "how much a weight matters";
      std::erase(row.choices, "auto");
    }
    if (row.name == "rounds") row.help = "cuts on the way to the target, each after a training";
    if (row.name == "rewind-to") row.help = "the weights kept: of this step: 500, 2epochs or 5%";
  }
  rows.push_back({.name = "seeds",
                  .fallback = std::int64_t{1},
                  .help = "how often all is repeated with other weights and orders of samples",
                  .least = 1,
                  .most = 1000});
  const std::vector<OptionRow> fitting = fit_options();
  rows.insert(rows.end(), fitting.begin(), fitting.end());
  return rows;
}

void validate(const Settings& settings, const Settings& common) {
  if (common.text("data").empty()) {
    throw_usage("finding a ticket trains, and no data is given",
                "add --data, as in --data mnist:DIR");
  }
  if (settings.integer("epochs") == 0) {
    throw_usage("finding a ticket trains, and --epochs is 0", "give epochs");
  }
  parse_training_place("rewind-to", settings.text("rewind-to"));
  if (settings.text("pattern") != "unstructured") {
    throw_usage(
        "tickets are of single weights, and --pattern is '" + settings.text("pattern") + "'",
        "leave --pattern out");
  }
  if (prune::allocation(settings.text("allocation")).needs_sensitivity) {
    throw_usage("tickets are not found by measured sensitivity", "choose --allocation global");
  }
  const prune::CriterionRow& criterion = prune::criterion(settings.text("criterion"));
  if (prune::looks_at_training(criterion) || prune::looks_at_data(criterion)) {
    throw_usage("the criterion '" + criterion.name + "' looks at more than trained weights",
                "choose magnitude");
  }
}

}  // namespace

StageRow ticket_stage(void (*run)(Settings&, StageState&, const StageContext&)) {
  return {.name = "ticket",
          .summary = "find a lottery ticket and train it alone",
          .options = ticket_options(),
          .compresses = true,
          .needs_training = [](const Settings&, const Settings&) { return true; },
          .validate = validate,
          .run = run};
}

}  // namespace gcompress::compress

// What the methods of pruning share.
#include "gcompress/compress/training/pruning/attempt.h"

#include <set>

#include "gcompress/compress/fit_options.h"
#include "gcompress/compress/training/fit_settings.h"

namespace gcompress::compress {

RunContext PruneAttempt::run() const {
  RunContext result = context.run;
  result.seed = options.seed;
  return result;
}

std::optional<train::Teacher> teacher_of(const Settings& settings, const StageState& state) {
  return teacher_of(settings, state.task, state.network);
}

train::FitOptions recovery_options_of(const Settings& settings, const StageContext& context,
                                      const std::string& name) {
  train::FitOptions options = fit_options_of(settings, context, name);
  options.freeze_statistics = settings.flag("freeze-statistics");
  return options;
}

prune::CubicSchedule cubic_schedule_of(const Settings& settings) {
  // With fewer, each cuts so much at once that a small network does not recover.
  constexpr std::int64_t kLeastUpdates = 25;
  return {.begin = settings.number("begin"),
          .end = settings.number("end"),
          .every = settings.integer("every"),
          .least_updates = kLeastUpdates};
}

std::string way_of_pruning(const PruneAttempt& attempt) {
  static const std::set<std::string> elsewhere = [] {
    std::set<std::string> names = {"criterion",   "recalibrate", "distill",
                                   "temperature", "restarts",    "freeze-statistics"};
    for (const OptionRow& row : fit_options()) names.insert(row.name);
    return names;
  }();
  std::string text = "criterion: " + attempt.options.criterion;
  for (const auto& [name, value] : attempt.settings.values()) {
    if (!elsewhere.contains(name)) text += "\n" + name + ": " + to_string(value);
  }
  return text;
}

}  // namespace gcompress::compress

// --time: measuring, deciding, remembering.
#include "gcompress/compress/training/pruning/time_budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>

#include "gcompress/compress/pruning/duration.h"
#include "gcompress/compress/pruning/methods.h"
#include "gcompress/compress/pruning/options.h"
#include "gcompress/compress/training/pruning/attempt.h"
#include "gcompress/compress/tuning_score.h"
#include "gcompress/core/base/file.h"
#include "gcompress/prune/rounds.h"

namespace gcompress::compress {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kReserve = 0.15;  // for loading, measuring and writing
constexpr std::int64_t kMostEpochs = 1000;
constexpr std::int64_t kWarmSteps = 3;  // the first are slower
constexpr std::int64_t kFewSteps = 8;
constexpr double kProbeSeconds = 2;
constexpr std::int64_t kMostProbeSteps = 200;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The median time of a step, of so many.
double time_steps(const train::FitOptions& like, const StageState& state,
                  const train::Teacher* teacher, std::int64_t steps, const RunContext& run) {
  train::FitOptions options = like;
  options.work = "time a step";
  options.checkpoint_folder.clear();
  options.resume = false;
  options.restore_best = false;
  options.stop_after = steps;
  std::vector<Clock::time_point> begins(static_cast<std::size_t>(steps) + 1);
  train::FitHooks hooks;
  hooks.masks_due = [&](std::int64_t step, std::int64_t) {
    if (step <= steps) begins[static_cast<std::size_t>(step)] = Clock::now();
    return false;
  };
  hooks.masks_at = [](std::int64_t, std::int64_t, const train::WeightState&) {
    return std::optional<graph::Masks>();
  };
  const std::optional<train::Teacher> guided =
      teacher == nullptr ? std::nullopt : std::optional<train::Teacher>(*teacher);
  const data::Dataset nothing;
  train::fit(state.network, state.data->train, nothing, state.task, options, hooks, {}, guided,
             run);
  std::vector<double> times;
  for (std::size_t i = static_cast<std::size_t>(std::min(kWarmSteps, steps - 1));
       i + 1 < begins.size(); ++i) {
    times.push_back(std::chrono::duration<double>(begins[i + 1] - begins[i]).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

RunPace pace_of(const Settings& settings, const StageState& state, const StageContext& context,
                const prune::Plan& plan) {
  train::FitOptions options = recovery_options_of(settings, context, "probe");
  options.epochs = std::max<std::int64_t>(options.epochs, 1);
  const std::optional<train::Teacher> teacher = teacher_of(settings, state);
  const train::Teacher* teaching = teacher ? &*teacher : nullptr;
  RunPace pace;
  const train::FitLength length = train::length_of_fit(state.network, state.data->train, options);
  pace.epoch_steps = length.epoch_steps;
  const std::int64_t few = std::min(kFewSteps, length.steps);
  pace.step_seconds = time_steps(options, state, teaching, few, context.run);
  if (pace.step_seconds * kFewSteps < kProbeSeconds / 2) {
    const auto more = static_cast<std::int64_t>(kProbeSeconds / std::max(pace.step_seconds, 1e-6));
    pace.step_seconds = time_steps(
        options, state, teaching,
        std::clamp<std::int64_t>(more, few, std::min(kMostProbeSteps, length.steps)), context.run);
  }
  Clock::time_point start = Clock::now();
  tuning_score(state.network, state, context);
  pace.epoch_seconds = seconds_since(start);
  start = Clock::now();
  prune::PruneOptions plain = prune_options_of(settings, context.run.seed);
  plain.criterion = "magnitude";
  prune::cut_round(state.network, plan, plain, {}, plan.budget, false);
  pace.cut_seconds = seconds_since(start);
  pace.runs = settings.integer("restarts") + (context.common.text("rivals") == "full" ? 2 : 0);
  return pace;
}

// As it was decided, for runs that go on.
std::filesystem::path file_of(const StageContext& context) {
  return context.checkpoints / "time-budget";
}

bool recall(Settings& settings, const StageContext& context) {
  if (!context.resume || context.checkpoints.empty()) return false;
  std::ifstream stream(file_of(context));
  std::int64_t epochs = 0;
  double begin = 0;
  double end = 0;
  double hold = 0;
  std::string method;
  if (!(stream >> epochs >> begin >> end >> hold >> method)) return false;
  settings.resolve("epochs", epochs);
  settings.resolve("begin", begin);
  settings.resolve("end", end);
  settings.resolve("hold", hold);
  settings.resolve("method", method);
  return true;
}

void remember(const Settings& settings, const StageContext& context) {
  if (context.checkpoints.empty()) return;
  std::error_code ignored;  // writing says what is wrong
  std::filesystem::create_directories(context.checkpoints, ignored);
  write_file_atomically(file_of(context), to_string(settings.values().at("epochs")) + " " +
                                              to_string(settings.values().at("begin")) + " " +
                                              to_string(settings.values().at("end")) + " " +
                                              to_string(settings.values().at("hold")) + " " +
                                              settings.text("method") + "\n");
}

class Decision {
 public:
  explicit Decision(Settings& settings) : settings_(settings) {}

  // Sets what is still at its default.
  void set(const std::string& name, SettingValue value) {
    static const std::vector<OptionRow> rows = prune_options();
    const auto row = std::ranges::find(rows, name, &OptionRow::name);
    if (settings_.values().at(name) == row->fallback) settings_.resolve(name, std::move(value));
  }

 private:
  Settings& settings_;
};

}  // namespace

double seconds_of(const RunPace& pace, const RunShape& shape, std::int64_t epochs) {
  const auto steps = static_cast<double>(epochs * pace.epoch_steps);
  const double cuts =
      std::max(25.0, (shape.end - shape.begin) * steps / static_cast<double>(shape.every));
  const double run = steps * pace.step_seconds + static_cast<double>(epochs) * pace.epoch_seconds +
                     std::min(cuts, steps) * pace.cut_seconds;
  return run * static_cast<double>(pace.runs);
}

std::int64_t epochs_within(const RunPace& pace, const RunShape& shape, double seconds) {
  std::int64_t low = 0;
  std::int64_t high = kMostEpochs + 1;  // does not fit, or is not wanted
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    (seconds_of(pace, shape, middle) <= seconds ? low : high) = middle;
  }
  return low;
}

void spend_time(Settings& settings, StageState& state, const StageContext& context,
                const prune::Plan& plan) {
  if (settings.text("time").empty()) return;
  const std::string time = settings.text("time");
  const double budget = parse_duration("time", time);
  settings.resolve("time", std::string());
  if (recall(settings, context)) return;
  context.begin_part("time a step");
  const RunPace pace = pace_of(settings, state, context, plan);
  const RunShape shape{.begin = settings.number("begin"),
                       .end = settings.number("end"),
                       .every = settings.integer("every")};
  const double usable = budget * (1 - kReserve);
  const std::int64_t epochs = epochs_within(pace, shape, usable);
  Decision decision(settings);
  if (epochs > 0) {
    decision.set("epochs", epochs);
  } else {
    decision.set("epochs", std::int64_t{1});
    decision.set("method", std::string("one-shot"));
  }
  constexpr std::int64_t kShort = 3;  // then cut early, and leave half to recover
  if (settings.integer("epochs") < kShort) {
    decision.set("begin", 0.0);
    decision.set("end", 0.5);
    decision.set("hold", 0.5);
  }
  remember(settings, context);
  const std::string method = prune_method(settings, context.common).name;
  const double expected = seconds_of(pace, shape, settings.integer("epochs"));
  std::string note = fmt::format(
      "For --time {}: a step took {:.3g} ms here, a pass over the data {:.3g} s; chosen: {}", time,
      1000 * pace.step_seconds,
      static_cast<double>(pace.epoch_steps) * pace.step_seconds + pace.epoch_seconds,
      method == "one-shot"
          ? "one-shot, for no pass over the data fits"
          : fmt::format("{}, {} epochs, cutting from {} to {} of the steps, about {:.3g} s", method,
                        settings.integer("epochs"), settings.number("begin"),
                        settings.number("end"), expected));
  if (method != "one-shot" && expected > budget) note += ", longer than the time given";
  note += ".";
  context.run.say(note);
  state.notes.push_back(std::move(note));
}

}  // namespace gcompress::compress

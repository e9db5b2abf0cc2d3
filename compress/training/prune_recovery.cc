// The stage "prune" with recovery.
#include "gcompress/compress/training/prune_recovery.h"

#include <fmt/format.h>

#include <set>

#include "gcompress/compress/fit_options.h"
#include "gcompress/compress/prune_stage.h"
#include "gcompress/compress/training/fit_settings.h"
#include "gcompress/compress/training/recalibrate.h"
#include "gcompress/compress/training/tuning_score.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::compress {
namespace {

// With fewer, each cuts so much at once that a small network does not recover.
constexpr std::int64_t kLeastUpdates = 25;

// Knowledge of the dense network joins the loss for classes, and is all there is without labels.
std::optional<train::Teacher> teacher_of(const Settings& settings, const StageState& state) {
  const bool unlabelled = state.task.kind == execute::TaskKind::kUnlabelled;
  const bool classes = state.task.kind == execute::TaskKind::kClassification;
  const double weight = unlabelled ? 1.0 : settings.number("distill");
  if (weight == 0 || !(unlabelled || classes)) return std::nullopt;
  return train::Teacher{
      .network = state.network, .temperature = settings.number("temperature"), .weight = weight};
}

// Whatever decides the masks, in words. Settings known not to, and those that a fit compares by
// itself, are left out: an option that comes anew is in until somebody thinks of it.
std::string way_of_pruning(const Settings& settings, const prune::PruneOptions& options) {
  static const std::set<std::string> elsewhere = [] {
    std::set<std::string> names = {"method",      "criterion", "recalibrate",      "distill",
                                   "temperature", "restarts",  "freeze-statistics"};
    for (const OptionRow& row : fit_options()) names.insert(row.name);
    return names;
  }();
  std::string text = "criterion: " + options.criterion;
  for (const auto& [name, value] : settings.values()) {
    if (!elsewhere.contains(name)) text += "\n" + name + ": " + to_string(value);
  }
  return text;
}

train::FitOptions recovery_options_of(const Settings& settings, const StageContext& context,
                                      const std::string& name) {
  train::FitOptions options = fit_options_of(settings, context, name);
  options.freeze_statistics = settings.flag("freeze-statistics");
  return options;
}

RunContext with_seed(RunContext context, std::uint64_t seed) {
  context.seed = seed;
  return context;
}

// One gradual pruning run from the dense network. Checkpoints lie in the folder `name`.
prune::PruneResult prune_and_fit(const Settings& settings, const StageState& state,
                                 const StageContext& context, const prune::Plan& plan,
                                 const prune::PruneOptions& options, const std::string& name) {
  const prune::CubicSchedule schedule{.begin = settings.number("begin"),
                                      .end = settings.number("end"),
                                      .every = settings.integer("every"),
                                      .least_updates = kLeastUpdates};
  prune::GradualPruner pruner(state.network, plan, options, schedule);
  train::FitHooks hooks;
  hooks.masks_due = [&](std::int64_t step, std::int64_t total) { return pruner.due(step, total); };
  hooks.masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
    return pruner.masks_at(step, total, weights.values, weights.second_moments);
  };
  hooks.on_resume = [&](const graph::Masks& masks) { pruner.restore(masks); };
  hooks.identity = way_of_pruning(settings, options);
  train::FitOptions fitting = recovery_options_of(settings, context, name);
  fitting.select_after = schedule.end;
  const train::FitResult fitted =
      train::fit(state.network, state.data->train, state.data->tune, state.task, fitting, hooks, {},
                 teacher_of(settings, state), with_seed(context.run, options.seed));
  return prune::finish(fitted.network, plan, fitted.masks, pruner.floored());
}

// The best of the attempts on the tuning split; a perfect one ends the search.
prune::PruneResult best_of_restarts(const Settings& settings, const StageState& state,
                                    const StageContext& context, const prune::Plan& plan,
                                    std::vector<std::string>& notes) {
  const std::int64_t attempts = settings.integer("restarts");
  std::optional<prune::PruneResult> best;
  double best_score = 0;
  for (std::int64_t attempt = 0; attempt < attempts; ++attempt) {
    const std::uint64_t seed = context.run.seed + static_cast<std::uint64_t>(attempt);
    prune::PruneResult result =
        prune_and_fit(settings, state, context, plan, prune_options_of(settings, seed),
                      "attempt-" + std::to_string(attempt));
    if (attempts == 1) return result;
    const double score = tuning_score(result.network, state, context);
    context.run.say(
        fmt::format("attempt {} of {}: {:.4f} on the tuning split", attempt + 1, attempts, score));
    if (!best || score > best_score) {
      best = std::move(result);
      best_score = score;
    }
    if (best_score >= 1) {
      notes.push_back(fmt::format("Attempt {} was perfect on the tuning split.", attempt + 1));
      break;
    }
  }
  GCOMPRESS_CHECK(best.has_value());  // there is at least one attempt
  return std::move(*best);
}

graph::Network train_dense_on(const Settings& settings, const StageState& state,
                              const StageContext& context) {
  const train::FitOptions options = recovery_options_of(settings, context, "rival-dense");
  return train::fit(state.network, state.data->train, state.data->tune, state.task, options, {}, {},
                    teacher_of(settings, state), context.run)
      .network;
}

graph::Network prune_at_random(const Settings& settings, const StageState& state,
                               const StageContext& context, const prune::Plan& plan) {
  prune::PruneOptions options = prune_options_of(settings, context.run.seed);
  options.criterion = "random";
  return prune_and_fit(settings, state, context, plan, options, "rival-random").network;
}

std::vector<Rival> train_rivals(const Settings& settings, const StageState& state,
                                const StageContext& context, const prune::Plan& plan) {
  std::vector<Rival> rivals;
  rivals.push_back({"dense trained on", train_dense_on(settings, state, context)});
  rivals.push_back({"random mask", prune_at_random(settings, state, context, plan)});
  return rivals;
}

}  // namespace

void run_prune(Settings& settings, StageState& state, const StageContext& context) {
  const bool recovers = prune_recovers(settings, context.common);
  const graph::Network dense = state.network;
  if (!recovers) {
    run_prune_one_shot(settings, state, context);
  } else {
    const prune::Plan plan =
        prune::make_plan(state.network, prune_options_of(settings, context.run.seed));
    if (context.common.text("rivals") == "full") {
      context.begin_part("rivals");
      state.rivals = train_rivals(settings, state, context, plan);
    }
    context.begin_part("prune and recover");
    accept(best_of_restarts(settings, state, context, plan, state.notes), plan, state, context.run);
  }
  if (state.data && settings.flag("recalibrate")) {
    context.begin_part("recalibrate");
    state.network = recalibrate_if_better(state.network, dense, state, context, state.notes);
  }
}

}  // namespace gcompress::compress

// Gradual pruning inside one fit, along a cubic schedule.
#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {
prune::PruneResult run_gradual(const PruneAttempt& attempt) {
  const Settings& settings = attempt.settings;
  const prune::CubicSchedule schedule = cubic_schedule_of(settings);
  const StageState& state = attempt.state;
  prune::GradualPruner pruner(state.network, attempt.plan, attempt.options, schedule);
  train::FitHooks hooks;
  hooks.masks_due = [&](std::int64_t step, std::int64_t total) { return pruner.due(step, total); };
  hooks.masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
    return pruner.masks_at(step, total, weights.values, evidence_of(attempt, weights));
  };
  hooks.on_resume = [&](const graph::Masks& masks) { pruner.restore(masks); };
  hooks.identity = way_of_pruning(attempt);
  train::FitOptions fitting = recovery_options_of(settings, attempt.context, attempt.name);
  fitting.select_after = schedule.end;
  const train::FitResult fitted =
      train::fit(state.network, state.data->train, state.data->tune, state.task, fitting, hooks, {},
                 teacher_of(settings, state), attempt.run());
  return prune::finish(fitted.network, attempt.plan, fitted.masks, pruner.floored());
}

}  // namespace gcompress::compress

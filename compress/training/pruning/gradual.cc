// Gradual pruning inside one fit, along a cubic schedule.
#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/fit_pruning.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {

prune::PruneResult run_gradual(const PruneAttempt& attempt) {
  const prune::CubicSchedule schedule = cubic_schedule_of(attempt.settings);
  prune::GradualPruner pruner(attempt.state.network, attempt.plan, attempt.options, schedule);
  const train::FitResult fitted = fit_pruning(
      attempt, pruner,
      {.select_after = schedule.end,
       .masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
         return pruner.masks_at(step, total, weights.values, evidence_of(attempt, weights));
       }});
  return prune::finish(fitted.network, attempt.plan, fitted.masks, pruner.floored());
}

}  // namespace gcompress::compress

// Dynamic network surgery inside one fit: what was cut keeps learning and may come back.
#include "gcompress/prune/surgery.h"

#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {

prune::PruneResult run_surgery(const PruneAttempt& attempt) {
  const Settings& settings = attempt.settings;
  const StageState& state = attempt.state;
  const prune::SurgerySchedule schedule{.cut = cubic_schedule_of(settings),
                                        .until = settings.number("until")};
  prune::SurgeryPruner pruner(state.network, attempt.plan, attempt.options, schedule,
                              settings.number("hysteresis"));
  train::FitHooks hooks;
  hooks.masks_due = [&](std::int64_t step, std::int64_t total) { return pruner.due(step, total); };
  hooks.masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
    return pruner.masks_at(step, total, weights.values, evidence_of(attempt, weights));
  };
  hooks.on_resume = [&](const graph::Masks& masks) { pruner.restore(masks); };
  hooks.identity = way_of_pruning(attempt);
  train::FitOptions fitting = recovery_options_of(settings, attempt.context, attempt.name);
  fitting.masked = train::MaskedWeights::kHeld;
  fitting.select_after = schedule.until;
  const train::FitResult fitted =
      train::fit(state.network, state.data->train, state.data->tune, state.task, fitting, hooks, {},
                 teacher_of(settings, state), attempt.run());
  return prune::finish(fitted.network, attempt.plan, fitted.masks, pruner.floored());
}

}  // namespace gcompress::compress

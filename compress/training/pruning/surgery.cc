// Dynamic network surgery inside one fit: what was cut keeps learning and may come back.
#include "gcompress/prune/surgery.h"

#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/fit_pruning.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {

prune::PruneResult run_surgery(const PruneAttempt& attempt) {
  const Settings& settings = attempt.settings;
  const prune::SurgerySchedule schedule{.cut = cubic_schedule_of(settings),
                                        .until = settings.number("until")};
  prune::SurgeryPruner pruner(attempt.state.network, attempt.plan, attempt.options, schedule,
                              settings.number("hysteresis"));
  const train::FitResult fitted = fit_pruning(
      attempt, pruner,
      {.select_after = schedule.until,
       .masked = train::MaskedWeights::kHeld,
       .masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
         return pruner.masks_at(step, total, weights.values, evidence_of(attempt, weights));
       }});
  return prune::finish(fitted.network, attempt.plan, fitted.masks, pruner.floored());
}

}  // namespace gcompress::compress

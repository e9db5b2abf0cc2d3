// RigL: sparse from the first step on, connections exchanged while training.
#include "gcompress/prune/rigging.h"

#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/fit_pruning.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {
namespace {

graph::Masks initial_masks_of(const PruneAttempt& attempt) {
  prune::PruneOptions options = attempt.options;
  prune::ScoreInputs evidence;
  if (attempt.settings.text("first-masks") == "criterion") {
    evidence = gather_evidence(attempt, attempt.state.network);
  } else {
    options.criterion = "random";
    options.allocation = "erk";
  }
  return prune::first_masks(attempt.state.network, attempt.plan, options, evidence);
}

}  // namespace

prune::PruneResult run_rigging(const PruneAttempt& attempt) {
  const Settings& settings = attempt.settings;
  const graph::Masks first = initial_masks_of(attempt);
  prune::Rigger rigger(attempt.plan, first,
                       {.every = settings.integer("every"),
                        .until = settings.number("until"),
                        .share = settings.number("exchange")});
  const train::FitResult fitted = fit_pruning(
      attempt, rigger,
      {.select_after = settings.number("until"),
       .wants_gradients = true,
       .initial = first,
       .masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
         return rigger.masks_at(step, total, weights.values, weights.gradients);
       }});
  return prune::finish(fitted.network, attempt.plan, fitted.masks);
}

}  // namespace gcompress::compress

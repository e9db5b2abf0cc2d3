// RigL: sparse from the first step on, connections exchanged while training.
#include "gcompress/prune/rigging.h"

#include "gcompress/compress/training/pruning/evidence.h"
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
  const StageState& state = attempt.state;
  const graph::Masks first = initial_masks_of(attempt);
  prune::Rigger rigger(attempt.plan, first,
                       {.every = settings.integer("every"),
                        .until = settings.number("until"),
                        .share = settings.number("exchange")});
  train::FitHooks hooks;
  hooks.masks_due = [&](std::int64_t step, std::int64_t total) { return rigger.due(step, total); };
  hooks.masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
    return rigger.masks_at(step, total, weights.values, weights.gradients);
  };
  hooks.wants_gradients = true;
  hooks.on_resume = [&](const graph::Masks& masks) { rigger.restore(masks); };
  hooks.identity = way_of_pruning(attempt);
  train::FitOptions fitting = recovery_options_of(settings, attempt.context, attempt.name);
  fitting.select_after = settings.number("until");
  const train::FitResult fitted =
      train::fit(state.network, state.data->train, state.data->tune, state.task, fitting, hooks,
                 first, teacher_of(settings, state), attempt.run());
  return prune::finish(fitted.network, attempt.plan, fitted.masks);
}

}  // namespace gcompress::compress

// One fit whose masks a pruner moves: what the ways of pruning inside a training share.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "gcompress/compress/training/pruning/attempt.h"

namespace gcompress::compress {

struct PruningFit {
  double select_after = 0;  // the epoch to keep is chosen behind this share of the steps
  train::MaskedWeights masked = train::MaskedWeights::kZero;
  bool wants_gradients = false;
  graph::Masks initial = {};
  // The masks at a step, the weights being these.
  std::function<std::optional<graph::Masks>(std::int64_t step, std::int64_t total_steps,
                                            const train::WeightState& weights)>
      masks_at;
};

// A Pruner says by due(step, total_steps) when it moves masks, and takes those of a checkpoint by
// restore(masks).
template <typename Pruner>
train::FitResult fit_pruning(const PruneAttempt& attempt, Pruner& pruner, PruningFit pruning) {
  train::FitHooks hooks;
  hooks.masks_due = [&pruner](std::int64_t step, std::int64_t total) {
    return pruner.due(step, total);
  };
  hooks.masks_at = std::move(pruning.masks_at);
  hooks.wants_gradients = pruning.wants_gradients;
  hooks.on_resume = [&pruner](const graph::Masks& masks) { pruner.restore(masks); };
  hooks.identity = way_of_pruning(attempt);
  train::FitOptions fitting = recovery_options_of(attempt.settings, attempt.context, attempt.name);
  fitting.masked = pruning.masked;
  fitting.select_after = pruning.select_after;
  const StageState& state = attempt.state;
  return train::fit(state.network, state.data->train, state.data->tune, state.task, fitting, hooks,
                    pruning.initial, teacher_of(attempt.settings, state), attempt.run());
}

}  // namespace gcompress::compress

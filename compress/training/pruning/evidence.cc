// What criteria look at: gradients and input norms on training data.
#include "gcompress/compress/training/pruning/evidence.h"

#include "gcompress/compress/training/pruning/calibration.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/train/gradients.h"

namespace gcompress::compress {
namespace {

void add_gradients(const PruneAttempt& attempt, const graph::Network& network,
                   prune::ScoreInputs& evidence) {
  const StageState& state = attempt.state;
  if (state.task.kind == execute::TaskKind::kUnlabelled) {
    throw_usage("the criterion '" + attempt.options.criterion +
                    "' goes by gradients of a loss, and the data has no labels",
                "give labelled data, or choose the criterion magnitude or wanda");
  }
  RunContext quiet = attempt.run();
  quiet.on_progress = nullptr;  // some 32 small batches
  train::GradientMeans means =
      train::gradient_means(network, state.data->train, state.task, {}, {}, quiet);
  evidence.gradients = std::move(means.gradient);
  evidence.gradient_magnitudes = std::move(means.magnitude);
  evidence.squared_gradients = std::move(means.square);
}

}  // namespace

prune::ScoreInputs gather_evidence(const PruneAttempt& attempt, const graph::Network& network) {
  prune::ScoreInputs evidence;
  const prune::Evidence wanted = prune::criterion(attempt.options.criterion).evidence;
  if (wanted == prune::Evidence::kGradients) add_gradients(attempt, network, evidence);
  if (wanted == prune::Evidence::kInputs) {
    evidence.input_norms =
        prune::input_norms(network, attempt.plan, calibration_of(attempt),
                           reconstruct_options_of(attempt.settings), attempt.run());
  }
  if (wanted == prune::Evidence::kCosts) {
    evidence.removal_costs =
        prune::removal_costs(network, attempt.plan, calibration_of(attempt),
                             reconstruct_options_of(attempt.settings), attempt.run());
  }
  return evidence;
}

prune::ScoreInputs evidence_of(const PruneAttempt& attempt, const train::WeightState& weights) {
  prune::ScoreInputs evidence;
  if (prune::looks_at_data(prune::criterion(attempt.options.criterion))) {
    evidence = gather_evidence(attempt, graph::with_weights(attempt.state.network, weights.values));
  }
  evidence.second_moments = weights.second_moments;
  return evidence;
}

}  // namespace gcompress::compress

// One-shot pruning: score the network as it is, cut once.
#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/prune/prune.h"
#include "gcompress/prune/search.h"

namespace gcompress::prune {

PruneResult prune_one_shot(const graph::Network& network, const Plan& plan,
                           const PruneOptions& options, ScoreInputs evidence) {
  const CriterionRow& row = criterion(options.criterion);
  if (looks_at_training(row)) {
    throw_usage("the criterion '" + row.name + "' works only while the network trains",
                "choose a method that trains, or the criterion magnitude");
  }
  AllocateInputs inputs = allocate_inputs(plan, options);
  evidence.output_factors = graph::batch_norm_factors(network, plan.weights);
  evidence.seed = options.seed;
  inputs.score = row.make(evidence);
  const graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  const FittingPrefix prefix = largest_fitting(prepare(std::move(inputs), options, 0),
                                               fitting_search(plan, counter, {}, plan.budget));
  if (!prefix.fits) throw_target_too_low(plan, options, prefix.effective);
  return finish(network, plan, prefix.allocation.masks, prefix.allocation.floored);
}

}  // namespace gcompress::prune

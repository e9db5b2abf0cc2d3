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
  const AllocationLimits limits = allocation_limits(inputs);
  const graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  const FittingPrefix prefix = largest_fitting(
      allocation(options.allocation).prepare(std::move(inputs)), limits,
      [&](const graph::Masks& masks) { return counter.kept_parameters(masks); },
      kept_whole_count(plan), plan.keep_at_most);
  if (!prefix.fits) throw_target_too_low(plan, options, prefix.effective);
  return finish(network, plan, prefix.allocation.masks, prefix.allocation.floored);
}

}  // namespace gcompress::prune

// One-shot pruning: score the network as it is, cut once.
#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/prune/prune.h"
#include "gcompress/prune/search.h"

namespace gcompress::prune {

PruneResult prune_one_shot(const graph::Network& network, const Plan& plan,
                           const PruneOptions& options) {
  const CriterionRow& row = criterion(options.criterion);
  if (row.needs_moments) {
    throw_usage("the criterion '" + row.name + "' needs training with Adam",
                "give data to train with, or choose magnitude");
  }
  AllocateInputs inputs = allocate_inputs(plan, options);
  inputs.score = row.make({.output_factors = graph::batch_norm_factors(network, plan.weights),
                           .second_moments = {},
                           .seed = options.seed});
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

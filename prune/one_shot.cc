// One-shot pruning: score the network as it is, cut once.
#include "gcompress/prune/cut.h"

namespace gcompress::prune {

PruneResult prune_one_shot(const graph::Network& network, const Plan& plan,
                           const PruneOptions& options, ScoreInputs evidence) {
  const CriterionRow& row = criterion(options.criterion);
  if (looks_at_training(row)) {
    throw_usage("the criterion '" + row.name + "' works only while the network trains",
                "choose a method that trains, or the criterion magnitude");
  }
  const graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  const FittingPrefix prefix = cut({.network = network,
                                    .plan = plan,
                                    .options = options,
                                    .counter = counter,
                                    .budget = plan.budget,
                                    .evidence = std::move(evidence)});
  if (!prefix.fits) throw_target_too_low(plan, options, prefix.effective);
  return finish(network, plan, prefix.allocation.masks, prefix.allocation.floored);
}

}  // namespace gcompress::prune

// Pruning in rounds.
#include "gcompress/prune/rounds.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gcompress/prune/cut.h"

namespace gcompress::prune {

double geometric_budget(const Plan& plan, std::int64_t round, std::int64_t rounds) {
  if (round >= rounds) return plan.budget;
  const double share = static_cast<double>(round) / static_cast<double>(rounds);
  return std::max(plan.budget,
                  std::floor(plan.cost_all * std::pow(plan.budget / plan.cost_all, share)));
}

RoundCut cut_round(const graph::Network& network, const Plan& plan, const PruneOptions& options,
                   const graph::Masks& within, double budget, bool last, ScoreInputs evidence) {
  const CriterionRow& row = criterion(options.criterion);
  if (looks_at_training(row)) {
    throw_usage("the criterion '" + row.name + "' works only while the network trains",
                "rounds score it between trainings; choose magnitude, or --method gradual");
  }
  const std::map<graph::WeightId, Tensor> values = values_of(network);
  const graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  FittingPrefix prefix = cut({.network = network,
                              .plan = plan,
                              .options = options,
                              .counter = counter,
                              .budget = budget,
                              .density = last ? 0 : budget / plan.cost_all,
                              .values = values,
                              .evidence = std::move(evidence),
                              .within = &within});
  if (!prefix.fits) throw_target_too_low(plan, options, prefix.effective);
  graph::Masks masks = std::move(prefix.allocation.masks);
  if (last) masks = counter.without_idle(masks, values);
  return {.masks = std::move(masks), .floored = std::move(prefix.allocation.floored)};
}

}  // namespace gcompress::prune

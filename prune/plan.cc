// The plan: which parameters take part, which stay whole, which are outside.
#include <cmath>
#include <cstdio>

#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/prune/patterns.h"
#include "gcompress/prune/prune.h"
#include "gcompress/prune/search.h"

namespace gcompress::prune {
namespace {

void check_options(const PruneOptions& options) {
  char value[32];
  if (!(options.target > 0 && options.target <= 1)) {
    std::snprintf(value, sizeof value, "%g", options.target);
    throw_usage("the target " + std::string(value) + " is not a share of the parameters",
                "give a number above 0, at most 1: 0.1 keeps a tenth");
  }
  if (!(options.floor_share >= 0 && options.floor_share <= 1)) {
    std::snprintf(value, sizeof value, "%g", options.floor_share);
    throw_usage("the floor " + std::string(value) + " is not a share of a layer",
                "give a number from 0 to 1");
  }
  if (options.floor_count < 1) {
    throw_usage("a floor of " + std::to_string(options.floor_count) +
                    " would let layers be pruned to nothing",
                "give at least 1");
  }
  criterion(options.criterion);
  allocation(options.allocation);
}

bool takes_part(const graph::Weight& weight, const PruneOptions& options) {
  return weight.prunable || (weight.fixed && options.include_fixed);
}

void sort_weights(Plan& plan, const PruneOptions& options) {
  const std::vector<bool> only = matching(plan.weights, options.only);
  const std::vector<bool> ignore = matching(plan.weights, options.ignore);
  const std::vector<bool> exclude = matching(plan.weights, options.exclude);
  for (std::size_t i = 0; i < plan.weights.size(); ++i) {
    const graph::Weight& weight = plan.weights[i];
    plan.parameters_all += weight.size();
    if (exclude[i] || (weight.fixed && !options.include_fixed)) {
      plan.outside.push_back(i);
      continue;
    }
    plan.parameters_counted += weight.size();
    const bool chosen = (options.only.empty() || only[i]) && !ignore[i];
    (chosen && takes_part(weight, options) && weight.size() > 0 ? plan.pruned : plan.kept_whole)
        .push_back(i);
  }
}

// floor(target * count), where a product that is an integer but for rounding counts as it.
std::int64_t share_of(double target, std::int64_t count) {
  const long double product = static_cast<long double>(target) * static_cast<long double>(count);
  const long double nearest = std::round(product);
  const bool is_integer = std::fabs(product - nearest) <= 1e-15L * nearest;
  return static_cast<std::int64_t>(is_integer ? nearest : std::floor(product));
}

// Only where the budget is tight is it worth counting what dead channels take along.
void check_feasible(const graph::Network& network, const Plan& plan, const PruneOptions& options) {
  AllocateInputs inputs = allocate_inputs(plan, options);
  const AllocationLimits limits = allocation_limits(inputs);
  if (kept_whole_count(plan) + limits.least <= plan.keep_at_most) return;
  ScoreInputs evidence;
  evidence.output_factors = graph::batch_norm_factors(network, plan.weights);
  inputs.score = criterion("magnitude").make(evidence);
  const Allocation shortest =
      allocation(options.allocation).prepare(std::move(inputs))(limits.least);
  const graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  const std::int64_t effective = counter.kept_parameters(shortest.masks);
  if (effective > plan.keep_at_most) throw_target_too_low(plan, options, effective);
}

}  // namespace

Plan make_plan(const graph::Network& network, const PruneOptions& options) {
  check_options(options);
  Plan plan;
  plan.weights = graph::find_weights(network);
  sort_weights(plan, options);
  if (plan.pruned.empty()) {
    throw_usage("no weight is left to prune",
                plan.weights.empty() ? "the network has no weights"
                                     : "only, ignore and exclude leave none out together");
  }
  plan.keep_at_most = share_of(options.target, plan.parameters_counted);
  check_feasible(network, plan, options);
  return plan;
}

std::set<graph::WeightId> outside_of(const Plan& plan) {
  std::set<graph::WeightId> ids;
  for (const std::size_t i : plan.outside) ids.insert(plan.weights[i].id);
  return ids;
}

}  // namespace gcompress::prune

// The plan: which parameters take part, which stay whole, which are outside.
#include <cmath>
#include <cstdio>

#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/core/graph/qdq/pattern.h"
#include "gcompress/prune/layer_names.h"
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
    if (!chosen || !takes_part(weight, options) || weight.size() == 0) {
      plan.kept_whole.push_back(i);
      continue;
    }
    std::string misfit = graph::misfit(options.pattern, weight);
    (misfit.empty() ? plan.pruned : plan.kept_whole).push_back(i);
    if (!misfit.empty()) plan.misfits.emplace_back(i, std::move(misfit));
  }
}

// target * all; for numbers that are counted its floor, where a product that is an integer but for
// rounding counts as it.
double share_of(double target, double all) {
  const long double product = static_cast<long double>(target) * static_cast<long double>(all);
  const long double nearest = std::round(product);
  const bool is_integer = std::fabs(product - nearest) <= 1e-15L * nearest;
  return static_cast<double>(is_integer ? nearest : std::floor(product));
}

// Only where the budget is tight is it worth counting what dead channels take along.
void check_feasible(const graph::Network& network, const Plan& plan, const PruneOptions& options) {
  AllocateInputs inputs = allocate_inputs(plan, options);
  ScoreInputs evidence;
  evidence.output_factors = graph::batch_norm_factors(network, plan.weights);
  inputs.score = criterion("magnitude").make(evidence);
  graph::KeptCounts least;
  for (const std::size_t i : plan.kept_whole) {
    least[plan.weights[i].id] = plan.weights[i].size();
  }
  for (const graph::Weight* weight : inputs.weights) {
    least[weight->id] = floor_of(inputs, *weight, weight->size());
  }
  const bool in_blocks = options.pattern.kind == graph::Pattern::Kind::kBlock;
  if (!in_blocks && plan.cost.cost(least) <= plan.budget) return;
  PruneOptions simple = options;  // any allocation does at the floors
  simple.allocation = "global";
  const PreparedAllocation prepared = prepare(std::move(inputs), simple, 0);
  const Allocation shortest = prepared.allocate(prepared.limits.least);
  const graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  const double effective = plan.cost.cost(counter.kept_by_weight(shortest.masks));
  if (effective > plan.budget) throw_target_too_low(plan, options, effective);
}

[[noreturn]] void throw_nothing_to_prune(const graph::Network& network, const Plan& plan,
                                         const PruneOptions& options) {
  if (!plan.misfits.empty()) {
    const auto& [index, why] = plan.misfits.front();
    throw_usage("no layer fits the pattern " + graph::to_string(options.pattern) + ": of " +
                    plan.weights[index].layer + ", " + why,
                "choose a smaller pattern, or unstructured");
  }
  std::string why = "only, ignore and exclude leave none out together";
  if (plan.weights.empty()) {
    why = "the network has no weights";
  } else if (graph::is_quantized(network)) {
    why = "the network is quantized: prune the float network, and quantize that";
  }
  throw_usage("no weight is left to prune", why);
}

}  // namespace

Plan make_plan(const graph::Network& network, const PruneOptions& options,
               const graph::CostModel& cost) {
  check_options(options);
  Plan plan;
  plan.weights = graph::find_weights(network);
  sort_weights(plan, options);
  if (plan.pruned.empty()) throw_nothing_to_prune(network, plan, options);
  graph::KeptCounts all = graph::all_kept(plan.weights);
  for (const std::size_t i : plan.outside) all.erase(plan.weights[i].id);
  plan.cost = cost;
  plan.cost_all = cost.cost(all);
  plan.budget = share_of(options.target, plan.cost_all);
  check_feasible(network, plan, options);
  return plan;
}

std::set<graph::WeightId> outside_of(const Plan& plan) {
  std::set<graph::WeightId> ids;
  for (const std::size_t i : plan.outside) ids.insert(plan.weights[i].id);
  return ids;
}

}  // namespace gcompress::prune

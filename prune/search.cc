// Searching the prefix: every one, or by galloping and bisection.
#include "gcompress/prune/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gcompress/prune/pattern_units.h"

namespace gcompress::prune {
namespace {

constexpr std::int64_t kTryAll = 1024;   // elements of networks small enough for every prefix
constexpr std::int64_t kNeighbours = 8;  // tried above the end of the bisection

class Search {
 public:
  Search(const Allocator& allocate, const FittingSearch& search)
      : allocate_(allocate), search_(search) {}

  // True if the prefix fits; the longest that does is remembered, or else the cheapest.
  bool try_prefix(std::int64_t keep) {
    Allocation allocation = allocate_(keep);
    const double effective = search_.effective(allocation.masks);
    const bool fits = effective <= search_.budget;
    const bool is_better = fits ? !best_.fits || keep > best_keep_
                                : !best_.fits && (best_keep_ < 0 || effective < best_.effective);
    if (is_better) {
      best_ = {std::move(allocation), effective, fits};
      best_keep_ = keep;
    }
    return fits;
  }
  double missing() const { return search_.budget - best_.effective; }
  // In elements.
  std::int64_t missing_length() const {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(missing() / search_.per_element));
  }
  std::int64_t best_keep() const { return best_keep_; }
  FittingPrefix take() { return std::move(best_); }

 private:
  const Allocator& allocate_;
  const FittingSearch& search_;
  std::int64_t best_keep_ = -1;
  FittingPrefix best_;
};

// Grows the fitting prefix by what is missing, twice that when nothing came of it; ends with the
// first length that does not fit (or beyond the most).
std::int64_t gallop(Search& search, std::int64_t most) {
  std::int64_t step = search.missing_length();
  while (search.missing() > 0 && search.best_keep() < most) {
    const double before = search.missing();
    const std::int64_t next = std::min(most, search.best_keep() + step);
    if (!search.try_prefix(next)) return next;
    step = search.missing() == before ? step * 2 : search.missing_length();
  }
  return most + 1;
}

}  // namespace

FittingPrefix largest_fitting(const PreparedAllocation& prepared, const FittingSearch& wanted) {
  Search search(prepared.allocate, wanted);
  const AllocationLimits& limits = prepared.limits;
  if (limits.most - limits.least <= kTryAll) {
    for (std::int64_t keep = limits.most; keep > limits.least; --keep) {
      if (search.try_prefix(keep)) return search.take();
    }
    search.try_prefix(limits.least);
    return search.take();
  }
  const std::int64_t guess = std::clamp(wanted.guess, limits.least, limits.most);
  std::int64_t too_long = guess;
  if (search.try_prefix(guess)) {
    too_long = gallop(search, limits.most);
    if (too_long > limits.most) return search.take();
  } else if (guess == limits.least || !search.try_prefix(limits.least)) {
    return search.take();
  }
  const std::int64_t neighbours = std::min(limits.most, too_long + kNeighbours);
  while (too_long - search.best_keep() > 1) {
    const std::int64_t middle = search.best_keep() + (too_long - search.best_keep()) / 2;
    if (!search.try_prefix(middle)) too_long = middle;
  }
  for (std::int64_t keep = too_long + 1;
       keep <= std::min(neighbours, too_long + kNeighbours) && search.missing() > 0; ++keep) {
    search.try_prefix(keep);
  }
  return search.take();
}

AllocateInputs allocate_inputs(const Plan& plan, const PruneOptions& options) {
  AllocateInputs inputs;
  const graph::KeptCounts all = graph::all_kept(plan.weights);
  for (const std::size_t i : plan.pruned) {
    const graph::Weight& weight = plan.weights[i];
    inputs.weights.push_back(&weight);
    if (allocation(options.allocation).needs_costs) {
      inputs.costs[weight.id] = plan.cost.per_element(all, weight.id);
    }
  }
  inputs.sensitivity = plan.sensitivity;
  inputs.scores_add_up = criterion(options.criterion).scores_add_up;
  inputs.floor_count = options.floor_count;
  inputs.floor_share = options.floor_share;
  return inputs;
}

PreparedAllocation prepare(AllocateInputs inputs, const PruneOptions& options, double density) {
  return prepare_allocation(allocation(options.allocation), std::move(inputs),
                            {.pattern = options.pattern, .density = density});
}

FittingSearch fitting_search(const Plan& plan, const graph::DeadChannelCounter& counter,
                             const std::map<graph::WeightId, Tensor>& values, double budget) {
  std::int64_t elements = 0;
  graph::KeptCounts all = counter.kept_by_weight({}, values);
  for (const std::size_t i : plan.pruned) {
    elements += plan.weights[i].size();
    all[plan.weights[i].id] = 0;
  }
  const double whole = plan.cost.cost(all);
  FittingSearch search;
  search.effective = [&plan, &counter, &values](const graph::Masks& masks) {
    return plan.cost.cost(counter.kept_by_weight(masks, values));
  };
  search.budget = budget;
  search.per_element = (plan.cost_all - whole) / static_cast<double>(elements);
  search.guess = static_cast<std::int64_t>(std::max(0.0, (budget - whole) / search.per_element));
  return search;
}

void throw_target_too_low(const Plan& plan, const PruneOptions& options, double effective) {
  // Rounded up to four digits, so that it works as printed.
  const double least = std::ceil(effective * 1e4 / plan.cost_all) / 1e4;
  const std::string must_stay =
      "biases, normalisation, ignored layers and each layer's floor" +
      std::string(plan.misfits.empty() ? "" : ", and layers that the pattern does not fit");
  throw_usage(
      fmt::format("the target {:g} keeps {:.0f} of {:.0f} {}, but {:.0f} must stay: {}",
                  options.target, plan.budget, plan.cost_all, plan.cost.what, effective, must_stay),
      fmt::format("a target of {:g} would work", least));
}

}  // namespace gcompress::prune

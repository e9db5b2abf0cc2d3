// Searching the prefix: every one, or by galloping and bisection.
#include "gcompress/prune/search.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gcompress::prune {
namespace {

constexpr std::int64_t kTryAll = 1024;   // elements of networks small enough for every prefix
constexpr std::int64_t kNeighbours = 8;  // tried above the end of the bisection

class Search {
 public:
  Search(const Allocator& allocate, const std::function<std::int64_t(const graph::Masks&)>& count,
         std::int64_t budget)
      : allocate_(allocate), count_(count), budget_(budget) {}

  // True if the prefix fits; the longest that does is remembered.
  bool try_prefix(std::int64_t keep) {
    Allocation allocation = allocate_(keep);
    last_count_ = count_(allocation.masks);
    const bool fits = last_count_ <= budget_;
    if (!best_.fits && !fits) {
      best_ = {std::move(allocation), last_count_, false};
    } else if (fits && (!best_.fits || keep > best_keep_)) {
      best_ = {std::move(allocation), last_count_, true};
      best_keep_ = keep;
    }
    return fits;
  }
  std::int64_t missing() const { return budget_ - best_.effective; }
  std::int64_t best_keep() const { return best_keep_; }
  FittingPrefix take() { return std::move(best_); }

 private:
  const Allocator& allocate_;
  const std::function<std::int64_t(const graph::Masks&)>& count_;
  std::int64_t budget_;
  std::int64_t last_count_ = 0;
  std::int64_t best_keep_ = -1;
  FittingPrefix best_;
};

// Grows the fitting prefix by what is missing, twice that when nothing came of it; ends with the
// first length that does not fit (or beyond the most).
std::int64_t gallop(Search& search, std::int64_t most) {
  std::int64_t step = search.missing();
  while (search.missing() > 0 && search.best_keep() < most) {
    const std::int64_t before = search.missing();
    const std::int64_t next = std::min(most, search.best_keep() + step);
    if (!search.try_prefix(next)) return next;
    step = search.missing() == before ? step * 2 : std::max(search.missing(), std::int64_t{1});
  }
  return most + 1;
}

}  // namespace

FittingPrefix largest_fitting(const Allocator& allocate, const AllocationLimits& limits,
                              const std::function<std::int64_t(const graph::Masks&)>& effective,
                              std::int64_t whole, std::int64_t budget) {
  Search search(allocate, effective, budget);
  if (limits.most - limits.least <= kTryAll) {
    for (std::int64_t keep = limits.most; keep > limits.least; --keep) {
      if (search.try_prefix(keep)) return search.take();
    }
    search.try_prefix(limits.least);
    return search.take();
  }
  if (!search.try_prefix(std::clamp(budget - whole, limits.least, limits.most))) {
    return search.take();  // only the shortest prefix can fail here
  }
  std::int64_t too_long = gallop(search, limits.most);
  if (too_long > limits.most) return search.take();
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
  for (const std::size_t i : plan.pruned) inputs.weights.push_back(&plan.weights[i]);
  inputs.floor_count = options.floor_count;
  inputs.floor_share = options.floor_share;
  return inputs;
}

std::int64_t kept_whole_count(const Plan& plan) {
  std::int64_t count = 0;
  for (const std::size_t i : plan.kept_whole) count += plan.weights[i].size();
  return count;
}

void throw_target_too_low(const Plan& plan, const PruneOptions& options, std::int64_t effective) {
  // Rounded up to four digits, so that it works as printed.
  const double least = std::ceil(static_cast<double>(effective) * 1e4 /
                                 static_cast<double>(plan.parameters_counted)) /
                       1e4;
  char target[32];
  char would_work[32];
  std::snprintf(target, sizeof target, "%g", options.target);
  std::snprintf(would_work, sizeof would_work, "%g", least);
  throw_usage("the target " + std::string(target) + " keeps " + std::to_string(plan.keep_at_most) +
                  " of " + std::to_string(plan.parameters_counted) + " parameters, but " +
                  std::to_string(effective) +
                  " must stay: biases, normalisation, ignored layers and each layer's floor",
              "a target of " + std::string(would_work) + " would work");
}

}  // namespace gcompress::prune

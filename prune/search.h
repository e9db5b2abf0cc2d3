// The largest prefix of a ranking whose effective count fits a budget.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "gcompress/core/graph/dead_channels.h"
#include "gcompress/prune/allocate.h"
#include "gcompress/prune/prune.h"

namespace gcompress::prune {

struct FittingPrefix {
  Allocation allocation;
  double effective = 0;  // what the target counts, dead channels folded
  bool fits = false;     // false: not even the shortest prefix fits; this is it
};

struct FittingSearch {
  // What the target counts of the network under these masks; nearly never falls when the prefix
  // grows.
  std::function<double(const graph::Masks&)> effective;
  double budget = 0;
  std::int64_t guess = 0;  // a length near the one wanted
  double per_element = 1;  // what an element costs on average
};

// Small networks: every prefix is tried, from the longest. Others: from the guess upward by what is
// missing (or, where the guess does not fit, downward), then by bisection, then a few neighbours;
// some 5 to 25 evaluations.
FittingPrefix largest_fitting(const PreparedAllocation& prepared, const FittingSearch& search);

// The plan's weights as allocation inputs, without scores.
AllocateInputs allocate_inputs(const Plan& plan, const PruneOptions& options);
// The allocation that the options ask for, under their pattern, at a density of the schedule (0:
// the end).
PreparedAllocation prepare(AllocateInputs inputs, const PruneOptions& options, double density);
// The search in a plan for a budget.
FittingSearch fitting_search(const Plan& plan, const graph::DeadChannelCounter& counter,
                             const std::map<graph::WeightId, Tensor>& values, double budget);
// Says which target would work if `effective` is the least that is possible.
[[noreturn]] void throw_target_too_low(const Plan& plan, const PruneOptions& options,
                                       double effective);

}  // namespace gcompress::prune

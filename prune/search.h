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
  std::int64_t effective = 0;  // parameters kept, dead channels folded
  bool fits = false;           // false: not even the shortest prefix fits; this is it
};

// `effective` never exceeds the kept elements plus `whole` (what is kept besides them), and nearly
// never falls when the prefix grows. Small networks: every prefix is tried, from the longest.
// Others: from the prefix that fits for sure upward by what is missing, then by bisection, then a
// few neighbours; some 5 to 25 evaluations.
FittingPrefix largest_fitting(const Allocator& allocate, const AllocationLimits& limits,
                              const std::function<std::int64_t(const graph::Masks&)>& effective,
                              std::int64_t whole, std::int64_t budget);

// The plan's weights as allocation inputs, without scores.
AllocateInputs allocate_inputs(const Plan& plan, const PruneOptions& options);
// Parameters that count but do not take part.
std::int64_t kept_whole_count(const Plan& plan);
// Says which target would work if `effective` parameters cannot go below.
[[noreturn]] void throw_target_too_low(const Plan& plan, const PruneOptions& options,
                                       std::int64_t effective);

}  // namespace gcompress::prune

// Allocation: turns scores and a budget into masks. One table: global, layerwise.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/weights.h"
#include "gcompress/prune/criterion.h"

namespace gcompress::prune {

struct AllocateInputs {
  std::vector<const graph::Weight*> weights;  // those that take part
  std::map<graph::WeightId, Tensor> values;   // present values; a weight without one keeps its own
  ScoreFunction score;
  // No layer goes below min(its size, max(floor_count, floor_share * its size)) kept elements.
  std::int64_t floor_count = 1;
  double floor_share = 0;
  // Elements already removed stay removed (gradual pruning); null: none. Lives as long as the
  // allocator.
  const graph::Masks* within = nullptr;
};

struct Allocation {
  graph::Masks masks;                    // one for each weight that takes part
  std::int64_t kept = 0;                 // elements that the masks keep, in all
  std::vector<graph::WeightId> floored;  // layers that the floor kept from going lower
};

// Elements that an allocation keeps at least (the floors) and at most (what is still there).
struct AllocationLimits {
  std::int64_t least = 0;
  std::int64_t most = 0;
};
AllocationLimits allocation_limits(const AllocateInputs& inputs);

// Masks that keep exactly `keep` elements in all, clamped to the limits. Ties go to the earlier
// element. May be called for many budgets: what does not depend on the budget is computed once.
using Allocator = std::function<Allocation(std::int64_t keep)>;

struct AllocationRow {
  std::string name;
  std::string summary;
  Allocator (*prepare)(AllocateInputs inputs);
};

// global: the best scores of all layers together. layerwise: every layer keeps the same share of
// its elements (largest remainders), its best.
std::span<const AllocationRow> allocations();
const AllocationRow& allocation(const std::string& name);  // throws Error(kUsage) listing the names

}  // namespace gcompress::prune

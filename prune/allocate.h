// Allocation: turns scores and a budget into masks. One table: global, layerwise.
// The k best are found by radix selection on the float bits (two passes of 16 bits over the
// scores, no sort, no copy), ties broken by order, so the count is exact.
#pragma once

#include <cstdint>
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
  std::int64_t keep = 0;           // elements to keep, in all of `weights`
  // No layer goes below min(its size, max(floor_count, floor_share * its size)) kept elements.
  std::int64_t floor_count = 1;
  double floor_share = 0;
  // Elements already removed stay removed (gradual pruning); empty: none.
  const graph::Masks* within = nullptr;
};

struct Allocation {
  graph::Masks masks;
  std::vector<graph::WeightId> floored;  // layers that the floor kept from going lower
};

struct AllocationRow {
  std::string name;
  std::string summary;
  Allocation (*allocate)(const AllocateInputs& inputs);
};

std::span<const AllocationRow> allocations();
const AllocationRow& allocation(const std::string& name);  // throws Error(kUsage) listing the names

}  // namespace gcompress::prune

// Allocation: turns scores and a budget into masks. One table.
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

// How much worse the network gets when this weight alone is pruned.
struct SensitivityPoint {
  double density = 1;
  double loss = 0;
};
using SensitivityCurve = std::vector<SensitivityPoint>;  // densities falling, all below 1

struct AllocateInputs {
  std::vector<const graph::Weight*> weights;  // those that take part
  std::map<graph::WeightId, Tensor> values;   // present values; a weight without one keeps its own
  ScoreFunction score;
  bool scores_add_up = false;  // scores are shares of one loss; else their squares are like that
  // No layer goes below min(its size, max(floor_count, floor_share * its size)) kept elements.
  std::int64_t floor_count = 1;
  double floor_share = 0;
  // What an element of each weight costs; only ratios matter.
  std::map<graph::WeightId, double> costs;
  // What was measured of each weight.
  std::map<graph::WeightId, SensitivityCurve> sensitivity;
  // Elements already removed stay removed (gradual pruning); null: none. Lives as long as the
  // allocator.
  const graph::Masks* within = nullptr;
};

// The weight's value now.
const Tensor& present_value(const AllocateInputs& inputs, const graph::Weight& weight);
// What is left of it; null: all.
const graph::Mask* mask_within(const AllocateInputs& inputs, const graph::Weight& weight);
// What it keeps at least, `present` of its elements being left.
std::int64_t floor_of(const AllocateInputs& inputs, const graph::Weight& weight,
                      std::int64_t present);

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

// An allocator with the lengths that make a difference to it.
struct PreparedAllocation {
  AllocationLimits limits;
  Allocator allocate;
};

struct AllocationRow {
  std::string name;
  std::string summary;
  Allocator (*prepare)(AllocateInputs inputs) = nullptr;
  bool needs_costs = false;        // AllocateInputs::costs
  bool needs_sensitivity = false;  // AllocateInputs::sensitivity
};

// global: the best scores of all layers together. uniform: every layer keeps the same share of its
// elements (largest remainders), its best. erk: shares fall with a layer's size (Erdos-Renyi
// kernel; Mocanu et al. 2018, Evci et al. 2020, section 3): (in + out + taps' axes) / (in out
// taps). lamp: global, by s^2 over the sum of the squares from s upward in its layer (Lee et al.
// 2021, eq. 1). cost: global, by s / sqrt(cost of the element), the choice that loses least for its
// cost if losses go by s^2. sensitivity: shares that lose least by measured curves.
std::span<const AllocationRow> allocations();
const AllocationRow& allocation(const std::string& name);  // throws Error(kUsage) listing the names

}  // namespace gcompress::prune

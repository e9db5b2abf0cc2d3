// The table of allocations.
#include "gcompress/prune/allocate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "gcompress/prune/allocate_rows.h"

namespace gcompress::prune {
namespace {

const std::array<AllocationRow, 6> kAllocations = {{
    {"global", "the best scores of all layers together", prepare_global},
    {"uniform", "the same share of every layer", prepare_uniform},
    {"erk", "less of large layers: shares by the sums of their dimensions", prepare_erk},
    {"lamp", "global, by each score's share of the better ones in its layer", prepare_lamp},
    {"cost", "global, scores for what they cost of the target", prepare_cost,
     /*needs_costs=*/true},
    {"sensitivity", "shares that lose least, measured layer by layer", prepare_sensitivity, false,
     /*needs_sensitivity=*/true},
}};

}  // namespace

std::span<const AllocationRow> allocations() { return kAllocations; }

const AllocationRow& allocation(const std::string& name) {
  const auto found = std::ranges::find(kAllocations, name, &AllocationRow::name);
  if (found != kAllocations.end()) return *found;
  std::string names;
  for (const AllocationRow& row : kAllocations) names += (names.empty() ? "" : ", ") + row.name;
  throw_usage("there is no allocation '" + name + "'", "choose one of " + names);
}

const Tensor& present_value(const AllocateInputs& inputs, const graph::Weight& weight) {
  const auto found = inputs.values.find(weight.id);
  return found == inputs.values.end() ? weight.value : found->second;
}

const graph::Mask* mask_within(const AllocateInputs& inputs, const graph::Weight& weight) {
  if (inputs.within == nullptr) return nullptr;
  const auto found = inputs.within->find(weight.id);
  return found == inputs.within->end() ? nullptr : &found->second;
}

std::int64_t floor_of(const AllocateInputs& inputs, const graph::Weight& weight,
                      std::int64_t present) {
  const auto share = std::ceil(inputs.floor_share * static_cast<double>(weight.size()));
  return std::min(present, std::max(inputs.floor_count, static_cast<std::int64_t>(share)));
}

AllocationLimits allocation_limits(const AllocateInputs& inputs) {
  AllocationLimits limits;
  for (const graph::Weight* weight : inputs.weights) {
    const graph::Mask* within = mask_within(inputs, *weight);
    const std::int64_t present = within == nullptr ? weight->size() : within->kept();
    limits.least += floor_of(inputs, *weight, present);
    limits.most += present;
  }
  return limits;
}

}  // namespace gcompress::prune

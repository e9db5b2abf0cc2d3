// Energy from operations and bytes.
#include "gcompress/measure/energy/operation_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

const OperationEnergies& energies_of(Precision precision) {
  const auto* row = std::ranges::find(kOperationEnergies, precision, &OperationEnergies::precision);
  GCOMPRESS_CHECK(row != kOperationEnergies.end());
  return *row;
}

void check(const ExecutionTraits& traits) {
  const bool sensible = std::isfinite(traits.batch) && traits.batch >= 1 &&
                        std::isfinite(traits.cache_bytes) && traits.cache_bytes >= 0 &&
                        traits.vector_bits >= 8;
  if (!sensible) {
    throw_usage(
        "the batch, cache or vector size of the executor is out of range",
        "give a batch of at least 1, a cache of at least 0 bytes, vectors of at least 8 bits");
  }
}

// Bytes of the weights that one pass reads. Zeros that are skipped still need to be marked: by a
// bitmap at least, by an index of four bytes for each that stays at most.
Interval weight_bytes(const graph::NetworkCost& cost, const ExecutionTraits& traits) {
  const double width = energies_of(traits.precision).bytes;
  const auto all = static_cast<double>(cost.parameters);
  const auto kept = static_cast<double>(cost.nonzero_parameters);
  if (!traits.skips_zero_weights) return {all * width, all * width};
  const Interval marks = {std::min(all / 8, 4 * kept), std::max(all / 8, 4 * kept)};
  return {kept * width + marks.low, kept * width + marks.high};
}

void describe(const graph::NetworkCost& cost, const ExecutionTraits& traits, bool fits,
              ExecutedWork& work) {
  work.assumptions.push_back(fmt::format(
      "{:.4g} operations in {}, a multiply for each add; {}", work.multiplies + work.adds,
      energies_of(traits.precision).name,
      traits.skips_zero_weights ? "those with zero weights are skipped"
                                : "those with zero weights are executed like any other"));
  work.assumptions.push_back(fmt::format(
      "the weights {} {:.3g} MB of cache and are fetched from memory {} a batch",
      fits ? "fit in" : "exceed", traits.cache_bytes / 1e6, fits ? "at most once" : "once"));
  work.assumptions.emplace_back(
      "values read between once for each weight and twice for each multiply");
  if (!cost.flops_unknown.empty()) {
    std::string names;
    for (const std::string& name : cost.flops_unknown) names += (names.empty() ? "" : ", ") + name;
    work.assumptions.push_back("operators left out, as their work cannot be counted: " + names);
  }
}

}  // namespace

ExecutedWork executed_work(const graph::NetworkCost& cost, const ExecutionTraits& traits) {
  check(traits);
  const auto operations =
      static_cast<double>(traits.skips_zero_weights ? cost.nonzero_flops : cost.flops);
  const double width = energies_of(traits.precision).bytes;
  const Interval weights = weight_bytes(cost, traits);
  const bool fits = weights.high <= traits.cache_bytes;
  ExecutedWork work{
      .precision = traits.precision, .multiplies = operations / 2, .adds = operations / 2};
  const double fetched = 2 * work.multiplies * width;
  work.first_cache_bytes = {std::min(weights.low, fetched), std::max(weights.low, fetched)};
  work.last_cache_bytes = {weights.low / traits.batch, weights.high};
  work.dram_bytes = {fits ? 0 : weights.low / traits.batch, weights.high / traits.batch};
  // Two loads and a multiply-add for each vector of values; where zeros are skipped one by one
  // there may be no vectors.
  const double lanes =
      traits.skips_zero_weights ? 1 : std::max(1.0, traits.vector_bits / (8 * width));
  work.most_instructions = 3 * work.multiplies / lanes;
  describe(cost, traits, fits, work);
  return work;
}

EnergyEstimate estimate_by_operations(const ExecutedWork& work) {
  constexpr double kJoules = 1e-12;
  const OperationEnergies& energies = energies_of(work.precision);
  const double least_arithmetic =
      work.multiplies * energies.multiply + work.adds * energies.least_add;
  const double most_arithmetic =
      work.multiplies * energies.multiply + work.adds * energies.most_add;
  const double least_caches = work.first_cache_bytes.low * kFirstCachePicojoulesPerByte +
                              work.last_cache_bytes.low * kLastCachePicojoulesPerByte;
  const double most_caches = work.first_cache_bytes.high * kFirstCachePicojoulesPerByte +
                             work.last_cache_bytes.high * kLastCachePicojoulesPerByte;
  EnergyEstimate estimate;
  estimate.joules = {
      kJoules * (kLeastProcessScale * (least_arithmetic + least_caches) +
                 work.dram_bytes.low * kLeastDramPicojoulesPerByte),
      kJoules * (most_arithmetic + most_caches + work.most_instructions * kInstructionPicojoules +
                 work.dram_bytes.high * kMostDramPicojoulesPerByte)};
  estimate.assumptions = work.assumptions;
  estimate.assumptions.push_back(
      fmt::format("{}: multiply {} pJ, add {} to {} pJ in 45 nm (Horowitz, ISSCC 2014)",
                  energies.name, energies.multiply, energies.least_add, energies.most_add));
  estimate.assumptions.push_back(fmt::format(
      "lowest at {} of 45 nm's energy, as in 7 nm (Jouppi et al., ISCA 2021), and no cost of "
      "instructions; highest at 45 nm with {} pJ an instruction",
      kLeastProcessScale, kInstructionPicojoules));
  estimate.assumptions.emplace_back(
      "no leakage, no idle power, no operating system: compares networks, not electricity bills");
  return estimate;
}

}  // namespace gcompress::measure

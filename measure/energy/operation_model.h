// Estimating energy from what an executor does: arithmetic, caches, main memory. Good for comparing
// two networks on one kind of hardware; leakage and an idle machine come on top.
//
//   const ExecutedWork work = executed_work(costs, {.precision = Precision::kFloat32});
//   const EnergyEstimate estimate = estimate_by_operations(work);
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/graph/costs.h"
#include "gcompress/measure/energy/estimate.h"
#include "gcompress/measure/energy/operation_energies.h"
#include "gcompress/measure/figure.h"

namespace gcompress::measure {

// How an executor goes about a network.
struct ExecutionTraits {
  Precision precision = Precision::kFloat32;
  // Most runtimes do not: they multiply by zero weights like by any other.
  bool skips_zero_weights = false;
  double batch = 1;                         // inferences that share a pass over the weights
  double cache_bytes = 32.0 * 1024 * 1024;  // weights that fit in here stay there
  int vector_bits = 256;                    // values of so many bits share an instruction
};

// Of one inference. Ranges, as how well values are reused is not known.
struct ExecutedWork {
  Precision precision = Precision::kFloat32;
  double multiplies = 0;
  double adds = 0;
  Interval first_cache_bytes;  // read by arithmetic
  Interval last_cache_bytes;   // weights on their way in
  Interval dram_bytes;
  double most_instructions = 0;
  std::vector<std::string> assumptions = {};  // sentences
};

// What is executed, not what would be needed: an executor that does not skip zeros executes them.
// Throws Error(kUsage) if the traits are no sensible numbers.
ExecutedWork executed_work(const graph::NetworkCost& cost, const ExecutionTraits& traits);

// The joules of one inference: lowest in a small process with all values reused, highest in 45 nm
// with each value fetched.
EnergyEstimate estimate_by_operations(const ExecutedWork& work);

}  // namespace gcompress::measure

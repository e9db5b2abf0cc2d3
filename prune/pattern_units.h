// Patterns under any criterion and allocation: scores of blocks instead of elements, or elements
// left out beforehand because their row keeps too many better ones.
#pragma once

#include "gcompress/core/graph/pattern.h"
#include "gcompress/prune/allocate.h"

namespace gcompress::prune {

struct PatternOptions {
  graph::Pattern pattern;
  // How much is kept at this point of a schedule. N:M and V:N:M let ceil(density m) of m stay until
  // that is n: a pattern that falls into place at once would cost more than it needs to.
  // 0: the pattern itself.
  double density = 0;
};

// The allocation under the pattern. Channels are another matter (channels.h): they are taken as
// unstructured here. Every weight must fit the pattern (graph::misfit).
//
// Blocks: a block scores the root mean square (or the mean) of its elements, and an allocation
// chooses among blocks as among elements. N:M: the best n of every m stay eligible. V:N:M: the 2 n
// columns of each v x m tile with the largest sums, then the best n of each row in those.
PreparedAllocation prepare_allocation(const AllocationRow& row, AllocateInputs inputs,
                                      const PatternOptions& options);

}  // namespace gcompress::prune

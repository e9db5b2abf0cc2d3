// Which nodes are computed together: a layer, the addition behind it, and the clamp behind that.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::engine {

// Nodes that are one step of the plan. It runs where the last of them stands: whatever the
// addition reads is there by then.
struct FusedNodes {
  std::size_t layer = 0;  // index of the node that others follow
  std::size_t last = 0;
  Fused fused;
  std::string added;   // the value that the addition reads besides; empty: none
  std::string output;  // of the last node
};

// One entry for every node that is not computed within another, in the order in which they run.
// `constant` knows values that are there before the network runs.
std::vector<FusedNodes> fuse(const graph::Network& network, const graph::InferredShapes& shapes,
                             const graph::ConstantLookup& constant);

}  // namespace gcompress::engine

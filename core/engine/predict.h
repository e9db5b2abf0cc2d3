// What the engine is expected to take for a network, without running it: a line for each node, over
// what its weights keep. Estimated: the rates were fitted once to measured steps, for one thread of
// one processor (predict.cc says which); on others the proportions hold better than the times.
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/graph/cost_model.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::engine {

// What most of a node's time goes into.
enum class WorkKind {
  kTapVectors,       // kept weights times vectors of 16 outputs
  kGatheredTaps,     // kept weights times single outputs: one sample of a matrix
  kDepthwise,        // a depthwise layer's weights times vectors of 16 outputs; zeros count as well
  kActivationPairs,  // products of two activations
  kElements          // elements that go in or come out, of all other nodes
};
const char* name_of(WorkKind kind);

// One step of a plan: a node with what is computed within it.
struct NodeWork {
  std::string node;  // its label
  WorkKind kind = WorkKind::kElements;
  double amount = 0;           // of that work, with the zeros that the network has
  double outputs = 0;          // elements that come out
  graph::WeightId weight;      // whose kept elements count; no tensor: none
  double amount_per_kept = 0;  // of one element of that weight
  double nanoseconds = 0;      // predicted
};

// The nodes that the engine runs as steps of their own, in their order. `shapes` are those of
// concrete inputs (infer_shapes); a node whose shapes are not known is left out.
std::vector<NodeWork> predict_nodes(const graph::Network& network,
                                    const std::vector<graph::Weight>& weights,
                                    const graph::InferredShapes& shapes);

// The sum in nanoseconds, for what masks keep.
graph::CostModel predict(const graph::Network& network, const std::vector<graph::Weight>& weights,
                         const graph::InferredShapes& shapes);

}  // namespace gcompress::engine

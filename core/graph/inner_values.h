// The values inside a network that hold one row for each sample: what can be looked at, or compared
// with another network's.
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::graph {

struct InnerValue {
  std::string name;
  std::string op_type;  // of the node that makes it
  Shape shape;          // of one sample, without the batch; -1 where it is not known
};

// Floating-point outputs of the main graph's nodes with a batch axis and at least one more, in the
// order of the nodes. `shapes` are those of one sample (batch 1).
std::vector<InnerValue> inner_values(const Network& network, const InferredShapes& shapes);

// What the last product (Gemm, MatMul, Conv) on the way to an output reads: the network's own
// description of a sample. "" where there is none.
std::string last_features(const Network& network, const std::string& output);

}  // namespace gcompress::graph

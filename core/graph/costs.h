// What a network costs: parameters, bytes and floating-point operations, a node and in all.
// A multiply and an add count as two operations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::graph {

struct NodeCost {
  std::size_t node = 0;         // index in the main graph
  std::int64_t parameters = 0;  // first use only: tied weights count once
  std::int64_t nonzero_parameters = 0;
  std::int64_t flops = -1;          // -1: unknown (shapes or operator)
  std::int64_t nonzero_flops = -1;  // multiplications by zero weights left out
  std::int64_t product_flops = 0;   // of flops: those of products, by weights or activations
};

struct NetworkCost {
  std::vector<NodeCost> nodes;
  std::int64_t parameters = 0;  // all, filter banks included
  std::int64_t nonzero_parameters = 0;
  std::int64_t dense_bytes = 0;  // of the parameters, at their dtype
  std::int64_t flops = 0;        // of one inference at the given input shapes, batch 1
  std::int64_t nonzero_flops = 0;
  std::vector<std::string> flops_unknown;  // operator types left out of the sums
};

// The node of the main graph that holds this use, itself or in a subgraph.
std::size_t main_graph_node(const Network& network, const WeightUse& use);

// What counts as an operation: operation_counts.h. An If costs its dearer branch; bodies of Loop
// and Scan are unknown. Nonzero operations of products go by the share of nonzero elements. FLOPs
// at these shapes (infer_shapes of concrete inputs with batch 1).
NetworkCost cost(const Network& network, const std::vector<Weight>& weights,
                 const InferredShapes& shapes);

}  // namespace gcompress::graph

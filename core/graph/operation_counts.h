// Arithmetic operations of one node, from its shapes.
//
// Counted are the operations on activations: matrix products, biases, elementwise functions (one
// operation an element whatever the function), normalisations, pooling, reductions. Moving data,
// comparing, and integer arithmetic (of shapes) count nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::graph {

struct OperationCount {
  std::int64_t products = 0;  // multiplications by a weight or between activations, each added up
  std::int64_t others = 0;    // everything else

  std::int64_t operations() const { return 2 * products + others; }
};

// Looks a value up; null if nothing is known of it.
using ValueLookup = std::function<const InferredValue*(const std::string& value)>;

// Nothing if the operator is not known, a shape that matters is not, or the count exceeds 2^61.
// Nodes with subgraphs are not counted here.
std::optional<OperationCount> count_operations(const Node& node, std::int64_t opset,
                                               const ValueLookup& value);

}  // namespace gcompress::graph

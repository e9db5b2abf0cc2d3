// Constant tensors of a network: initializers and Constant nodes, what is visible in a subgraph,
// and from which stored tensor a value comes by moving its elements alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

// The tensor that a Constant node holds; undefined for kinds that hold none (sparse, strings).
Tensor constant_of(const Node& node);

// The values visible in one graph: its own and, where not hidden by those, the outer graphs'.
// Refers to the graph and to `outer`, which must live longer.
class ValueScope {
 public:
  // Where a name is defined. With neither a tensor nor a producer it is an input.
  struct Definition {
    const ValueScope* scope = nullptr;
    const Initializer* initializer = nullptr;
    const Node* producer = nullptr;
  };

  ValueScope(const Graph& graph, std::string name, const ValueScope* outer = nullptr);

  const Graph& graph() const { return *graph_; }
  const std::string& name() const { return name_; }
  // Null if nothing of that name is visible.
  const Definition* find(const std::string& value) const;
  // The tensor if the value is an initializer or a Constant node's output; otherwise undefined.
  Tensor constant(const std::string& value) const;

 private:
  const Graph* graph_;
  std::string name_;
  const ValueScope* outer_;
  std::unordered_map<std::string, Definition> definitions_;
};

// A stored tensor behind a value, and what stands between.
struct ConstantOrigin {
  WeightId id;
  Tensor tensor;             // as stored
  Shape shape;               // of the value
  std::vector<int> axes;     // axis of the value -> axis of the stored tensor, or -1
  bool direct = true;        // nothing stands between
  bool dequantized = false;  // DequantizeLinear stands between
  bool exact_shape = true;   // false if `shape` could not be found out
};

// Traces a value back through Identity, Transpose, Cast, Reshape, Squeeze, Unsqueeze, Flatten,
// QuantizeLinear, DequantizeLinear, Slice, Split, Expand, Gather by constant indices, and Concat,
// to initializers and Constant nodes, each once. Several come out of Concat only. None if the value
// depends on anything else. `opset` is that of ONNX's own domain.
std::vector<ConstantOrigin> trace_constants(const ValueScope& scope, const std::string& value,
                                            std::int64_t opset);

}  // namespace gcompress::graph

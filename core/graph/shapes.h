// Shape inference for the operators that we run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

struct InferredValue {
  DataType dtype = DataType::kUndefined;
  std::optional<std::vector<Dimension>> shape;  // nullopt: unknown rank
  Tensor constant;                              // defined where the value is known (small ones)
};
using InferredShapes = std::map<std::string, InferredValue>;

// Shapes of the main graph's values. `inputs` replaces declared input shapes (a batch size, an
// image size); symbolic dimensions not given stay symbolic. Unknown operators give unknown
// shapes unless the file states them (value_info). Throws Error(kInput), naming node and value,
// where shapes contradict each other.
InferredShapes infer_shapes(const Network& network, const std::map<std::string, Shape>& inputs = {});

// Fills symbolic or unknown input dimensions: the first becomes `batch`, others `fallback`.
std::map<std::string, Shape> concrete_input_shapes(const Network& network, std::int64_t batch,
                                                   std::int64_t fallback);

}  // namespace gcompress::graph

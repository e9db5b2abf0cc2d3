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
// By name; for values of a subgraph, the scope and the name (see for_each_graph).
using InferredShapes = std::map<std::string, InferredValue>;

// Shapes of the main graph's values, and of those in subgraphs: of If only in the branch taken, if
// the condition is known; in bodies of Loop and Scan only what does not depend on what they carry.
// `inputs` replaces declared input shapes (a batch size, an image size); symbolic dimensions not
// given stay symbolic. Unknown operators give unknown shapes unless the file states them
// (value_info); where `inputs` changes a size that the file states, what it states of other values
// is not believed. Throws Error(kInput), naming node and value, where shapes contradict each other,
// and Error(kUsage) if `inputs` names no input or has impossible sizes.
InferredShapes infer_shapes(const Network& network,
                            const std::map<std::string, Shape>& inputs = {});

// The shape of a value if it was inferred and every dimension is a number.
std::optional<Shape> known_shape(const InferredShapes& shapes, const std::string& value);

// Fills symbolic or unknown input dimensions: the first axis becomes `batch`, others `fallback`; a
// symbol gets one size wherever it stands. Throws Error(kUsage) if an input states no shape at all.
std::map<std::string, Shape> concrete_input_shapes(const Network& network, std::int64_t batch,
                                                   std::int64_t fallback);

}  // namespace gcompress::graph

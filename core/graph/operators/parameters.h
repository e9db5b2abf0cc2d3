// Parameters of operators that are an attribute in some opsets and an input in others, and axes.
//
// All functions here are for nodes of ONNX's own domain; `opset` is its version. They throw
// Error(kInput), naming node and value, when an attribute contradicts the operator's definition.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::graph {

// The value of a constant by its name; null where it is not known before the network runs.
using ConstantLookup = std::function<const Tensor*(const std::string& value)>;

// Where a node's parameter comes from.
struct ParameterSource {
  const char* attribute;     // its name while it is an attribute
  std::size_t input;         // its place among the inputs afterwards
  std::int64_t input_since;  // the opset that made it an input
};

// A list of integers that may be left out, or known only when the network runs.
struct IntList {
  bool given = false;  // false: left out
  bool known = true;   // false: given by an input that is not constant
  std::vector<std::int64_t> values;
};

// A number that may be left out, or known only when the network runs.
struct FloatParameter {
  bool given = false;
  bool known = true;
  float value = 0;
};

// Where an error at this node lies; `value` may be empty.
ErrorPlace place_of(const Node& node, const std::string& value = {});

// True if the input is there and not left out.
bool has_input(const Node& node, std::size_t input);
// The constant at an input, or null if it is left out or not known.
const Tensor* constant_input(const Node& node, std::size_t input, const ConstantLookup& constant);

IntList int_list(const Node& node, std::int64_t opset, const ParameterSource& source,
                 const ConstantLookup& constant);
FloatParameter float_parameter(const Node& node, std::int64_t opset, const ParameterSource& source,
                               const ConstantLookup& constant);

// An axis counted from the front: -1 is the last of `rank`. Throws Error(kInput) outside.
std::int64_t normalized_axis(const Node& node, std::int64_t axis, std::int64_t rank);
// Several, in their order. Throws Error(kInput) if one is named twice.
std::vector<std::int64_t> normalized_axes(const Node& node, const std::vector<std::int64_t>& axes,
                                          std::int64_t rank);

}  // namespace gcompress::graph

// Raising a network to a newer version of ONNX's operators.
#pragma once

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// The oldest version whose QuantizeLinear and DequantizeLinear take a scale for each channel.
inline constexpr std::int64_t kQuantizingOpset = 13;

// The same network at opset 13, or as it is if it is there or beyond. Operators whose form changed
// since opset 7 are rewritten by a table of rules, in subgraphs too; the others mean the same in
// both. Bodies of functions import opsets of their own and stay. The IR version becomes at least 7.
// Throws Error(kUnsupported), naming all operators that cannot be raised and why.
Network raise_to_quantizing_opset(const Network& network);

}  // namespace gcompress::graph

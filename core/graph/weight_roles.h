// What a constant is for, by the operator that takes it and at which input.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

// Operators with parameters of their own: Conv, Gemm, LSTM, BatchNormalization and so on, the
// quantized and fused forms of ONNX Runtime included. Nothing for statistics, states, bounds.
std::optional<WeightRole> operator_role(const Node& node, std::size_t input);

// Whether the operator is elementwise arithmetic whose constant may be a parameter: kBias for Add,
// Sub and Sum, kScale for Mul and for the divisor of Div. weights.cc decides if it is one.
std::optional<WeightRole> arithmetic_role(const Node& node, std::size_t input);

// Axes of the value, as the operator takes it, along which output and input channels lie; -1 for
// none.
struct ChannelAxes {
  int output = -1;
  int input = -1;
};
ChannelAxes channel_axes(const Node& node, std::size_t input, WeightRole role, const Shape& shape);

}  // namespace gcompress::graph

// Layers whose products can run on integers: how their operands lie.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::quantize {

// A Conv, Gemm or MatMul as integer kernels take it.
struct IntegerLayer {
  std::vector<std::size_t> activations;  // inputs to quantize per tensor
  std::optional<std::size_t> weight;     // the input with a constant weight
  int axis = -1;                         // of the weight's output channels; -1: one scale in all
  std::optional<std::size_t> bias;       // the input with a constant bias, one element a channel
  bool float_output = false;             // integer sums may leave as float, without rounding to 8
};

// Nothing, and the reason in `why`, where it cannot be. `why` is empty for operators that are no
// layers (they multiply nothing).
struct LayerCheck {
  std::optional<IntegerLayer> layer;
  std::string why;
};
LayerCheck check_layer(const graph::Node& node, const graph::ValueScope& constants);

}  // namespace gcompress::quantize

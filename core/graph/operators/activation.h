// Parameters of activations, Clip and Softmax.
#pragma once

#include <cstdint>

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

// Attributes before opset 11, inputs since. Left out: no bound.
struct ClipBounds {
  FloatParameter low;
  FloatParameter high;
};
ClipBounds clip_bounds(const Node& node, std::int64_t opset, const ConstantLookup& constant);

// Softmax, LogSoftmax, Hardmax. Before opset 13 the axes from `axis` on are one (the input is seen
// as a matrix) and the default is 1; since then only `axis` itself, by default the last.
struct SoftmaxAttributes {
  std::int64_t axis = -1;  // as written
  bool flattens = false;
};
SoftmaxAttributes softmax_attributes(const Node& node, std::int64_t opset);

// alpha and beta (gamma for Selu) of the activations that have them, defaults filled in:
// LeakyRelu, Elu, Celu, ThresholdedRelu, HardSigmoid (max(0, min(1, alpha x + beta))), Selu.
struct ActivationParameters {
  float alpha = 0;
  float beta = 0;
};
ActivationParameters activation_parameters(const Node& node);

// Gelu: the tanh approximation instead of erf.
bool gelu_approximates(const Node& node);

}  // namespace gcompress::graph

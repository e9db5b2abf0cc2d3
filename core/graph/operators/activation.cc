// Parameters of activations, Clip and Softmax.
#include "gcompress/core/graph/operators/activation.h"

#include <array>

namespace gcompress::graph {
namespace {

struct ActivationRow {
  const char* op_type;
  float alpha;
  const char* beta_name;  // null: none
  float beta;
};

constexpr std::array<ActivationRow, 6> kActivations = {{
    {"LeakyRelu", 0.01F, nullptr, 0},
    {"Elu", 1, nullptr, 0},
    {"Celu", 1, nullptr, 0},
    {"ThresholdedRelu", 1, nullptr, 0},
    {"HardSigmoid", 0.2F, "beta", 0.5F},
    {"Selu", 1.67326319217681884765625F, "gamma", 1.05070102214813232421875F},
}};

}  // namespace

ClipBounds clip_bounds(const Node& node, std::int64_t opset, const ConstantLookup& constant) {
  return {.low = float_parameter(node, opset, {"min", 1, 11}, constant),
          .high = float_parameter(node, opset, {"max", 2, 11}, constant)};
}

SoftmaxAttributes softmax_attributes(const Node& node, std::int64_t opset) {
  const bool flattens = opset < 13;
  return {.axis = attribute_int(node, "axis", flattens ? 1 : -1), .flattens = flattens};
}

ActivationParameters activation_parameters(const Node& node) {
  for (const ActivationRow& row : kActivations) {
    if (node.op_type != row.op_type) continue;
    return {.alpha = attribute_float(node, "alpha", row.alpha),
            .beta = row.beta_name == nullptr ? row.beta
                                             : attribute_float(node, row.beta_name, row.beta)};
  }
  return {};
}

bool gelu_approximates(const Node& node) {
  return attribute_string(node, "approximate", "none") == "tanh";
}

}  // namespace gcompress::graph

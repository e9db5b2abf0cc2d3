// Attributes of normalisation layers and Dropout.
#include "gcompress/core/graph/operators/normalization.h"

#include <algorithm>

namespace gcompress::graph {

BatchNormAttributes batch_norm_attributes(const Node& node, std::int64_t opset) {
  BatchNormAttributes attributes;
  attributes.epsilon = attribute_float(node, "epsilon", 1e-5F);
  attributes.momentum = attribute_float(node, "momentum", 0.9F);
  attributes.per_activation = opset < 9 && attribute_int(node, "spatial", 1) == 0;
  if (opset >= 14) {
    attributes.training = attribute_int(node, "training_mode", 0) != 0;
  } else {
    // Exporters of opset 1 and 6 often leave is_test out of networks for inference, so the number
    // of outputs decides there too.
    const auto used = std::count_if(node.outputs.begin(), node.outputs.end(),
                                    [](const std::string& output) { return !output.empty(); });
    attributes.training = used > 1 && attribute_int(node, "is_test", 0) == 0;
  }
  return attributes;
}

LayerNormAttributes layer_norm_attributes(const Node& node) {
  return {.axis = attribute_int(node, "axis", -1),
          .epsilon = attribute_float(node, "epsilon", 1e-5F)};
}

float instance_norm_epsilon(const Node& node) { return attribute_float(node, "epsilon", 1e-5F); }

GroupNormAttributes group_norm_attributes(const Node& node, std::int64_t opset) {
  GroupNormAttributes attributes{.groups = attribute_int(node, "num_groups", 1),
                                 .epsilon = attribute_float(node, "epsilon", 1e-5F),
                                 .per_channel = opset >= 21};
  if (attributes.groups < 1) {
    throw_input("the num_groups of GroupNormalization is not positive", place_of(node));
  }
  return attributes;
}

DropoutAttributes dropout_attributes(const Node& node, std::int64_t opset,
                                     const ConstantLookup& constant) {
  DropoutAttributes attributes;
  const FloatParameter ratio = float_parameter(node, opset, {"ratio", 1, 12}, constant);
  if (ratio.given && ratio.known) attributes.ratio = ratio.value;
  attributes.known = ratio.known;
  if (opset >= 12 && has_input(node, 2)) {
    const Tensor* training = constant_input(node, 2, constant);
    attributes.known = attributes.known && training != nullptr;
    attributes.training =
        training != nullptr && training->size() == 1 && to_int64(*training).front() != 0;
  }
  return attributes;
}

LrnAttributes lrn_attributes(const Node& node) {
  return {.size = attribute_int(node, "size", 1),
          .alpha = attribute_float(node, "alpha", 1e-4F),
          .beta = attribute_float(node, "beta", 0.75F),
          .bias = attribute_float(node, "bias", 1)};
}

}  // namespace gcompress::graph

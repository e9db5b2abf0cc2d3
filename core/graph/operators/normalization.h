// Attributes of normalisation layers and Dropout.
#pragma once

#include <cstdint>
#include <optional>

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

// Inputs: X, scale, B, mean, variance.
struct BatchNormAttributes {
  float epsilon = 1e-5F;
  float momentum = 0.9F;
  // The file asks for the statistics of the batch: training_mode since opset 14, more than one
  // output before (and is_test = 0 before opset 7).
  bool training = false;
  bool per_activation = false;  // spatial = 0, before opset 9
};
BatchNormAttributes batch_norm_attributes(const Node& node, std::int64_t opset);

struct LayerNormAttributes {
  std::int64_t axis = -1;  // as written: normalised over axis, axis + 1, ...
  float epsilon = 1e-5F;
};
LayerNormAttributes layer_norm_attributes(const Node& node);  // also RMSNormalization

float instance_norm_epsilon(const Node& node);

// Scale and bias have one entry a channel since opset 21, one a group in opset 18.
struct GroupNormAttributes {
  std::int64_t groups = 1;
  float epsilon = 1e-5F;
  bool per_channel = true;
};
GroupNormAttributes group_norm_attributes(const Node& node, std::int64_t opset);

struct DropoutAttributes {
  float ratio = 0.5F;
  bool training = false;  // the file itself asks for dropping, not only a trainer
  bool known = true;      // false if ratio or training_mode are inputs that are not constant
};
DropoutAttributes dropout_attributes(const Node& node, std::int64_t opset,
                                     const ConstantLookup& constant);

struct LrnAttributes {
  std::int64_t size = 1;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1;
};
LrnAttributes lrn_attributes(const Node& node);

}  // namespace gcompress::graph

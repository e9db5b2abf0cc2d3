// Attributes of recurrent layers.
#include "gcompress/core/graph/operators/recurrent.h"

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {
namespace {

std::vector<std::string> default_activations(const std::string& op_type) {
  if (op_type == "LSTM") return {"Sigmoid", "Tanh", "Tanh"};
  if (op_type == "GRU") return {"Sigmoid", "Tanh"};
  return {"Tanh"};
}

RecurrentDirection direction_of(const Node& node) {
  const std::string text = attribute_string(node, "direction", "forward");
  if (text == "forward") return RecurrentDirection::kForward;
  if (text == "reverse") return RecurrentDirection::kReverse;
  if (text == "bidirectional") return RecurrentDirection::kBidirectional;
  throw_input("the direction '" + text + "' of " + node.op_type + " is unknown", place_of(node));
}

std::vector<std::string> activations_of(const Node& node, std::int64_t directions) {
  const std::vector<std::string> defaults = default_activations(node.op_type);
  const std::size_t count = defaults.size() * static_cast<std::size_t>(directions);
  if (const Attribute* attribute = node.attribute("activations")) {
    const auto* stated = std::get_if<std::vector<std::string>>(&attribute->data);
    if (stated == nullptr || stated->size() != count) {
      throw_input(
          "the activations of " + node.op_type + " are not " + std::to_string(count) + " names",
          place_of(node));
    }
    return *stated;
  }
  std::vector<std::string> all;
  while (all.size() < count) all.insert(all.end(), defaults.begin(), defaults.end());
  return all;
}

}  // namespace

std::int64_t recurrent_gates(const std::string& op_type) {
  if (op_type == "LSTM") return 4;
  if (op_type == "GRU") return 3;
  return op_type == "RNN" ? 1 : 0;
}

RecurrentAttributes recurrent_attributes(const Node& node, std::int64_t hidden) {
  RecurrentAttributes attributes;
  attributes.gates = recurrent_gates(node.op_type);
  GCOMPRESS_CHECK(attributes.gates > 0);
  attributes.hidden_size = attribute_int(node, "hidden_size", hidden);
  if (attributes.hidden_size < 0 || (hidden > 0 && attributes.hidden_size != hidden)) {
    throw_input("the hidden_size " + std::to_string(attributes.hidden_size) + " of " +
                    node.op_type + " is not that of its weights, " + std::to_string(hidden),
                place_of(node));
  }
  attributes.direction = direction_of(node);
  attributes.directions = attributes.direction == RecurrentDirection::kBidirectional ? 2 : 1;
  attributes.activations = activations_of(node, attributes.directions);
  attributes.activation_alpha = attribute_floats(node, "activation_alpha", {});
  attributes.activation_beta = attribute_floats(node, "activation_beta", {});
  attributes.clip = attribute_float(node, "clip", 0);
  attributes.input_forget = attribute_int(node, "input_forget", 0) != 0;
  attributes.linear_before_reset = attribute_int(node, "linear_before_reset", 0) != 0;
  attributes.batch_first = attribute_int(node, "layout", 0) != 0;
  return attributes;
}

}  // namespace gcompress::graph

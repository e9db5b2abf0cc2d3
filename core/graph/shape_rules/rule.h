// What a shape rule sees: one node, what is known of its inputs, and where its answers go.
//
// A rule leaves outputs it cannot tell alone: they stay unknown. It throws Error(kInput), naming
// the node, where the inputs contradict the operator.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/operators/parameters.h"
#include "gcompress/core/graph/shape_rules/dimensions.h"
#include "gcompress/core/graph/shape_rules/small_value.h"

namespace gcompress::graph {

// What is known of a value.
struct KnownValue {
  DataType dtype = DataType::kUndefined;
  std::optional<Dimensions> shape;
  std::optional<SmallValue> small;  // its elements, some of them perhaps symbols
};

class RuleContext {
 public:
  RuleContext(const Node& node, std::int64_t opset, std::vector<const KnownValue*> inputs,
              ConstantLookup constant)
      : node_(node),
        opset_(opset),
        inputs_(std::move(inputs)),
        constant_(std::move(constant)),
        outputs_(node.outputs.size()) {}

  const Node& node() const { return node_; }
  std::int64_t opset() const { return opset_; }
  const ConstantLookup& constant() const { return constant_; }

  // Null if left out or not there.
  const KnownValue* input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : nullptr; }
  std::size_t input_count() const { return inputs_.size(); }
  DataType dtype(std::size_t i) const {
    return input(i) == nullptr ? DataType::kUndefined : input(i)->dtype;
  }
  // Null if the rank is not known.
  const Dimensions* shape(std::size_t i) const {
    return input(i) != nullptr && input(i)->shape ? &*input(i)->shape : nullptr;
  }
  // The elements of an input, or null.
  const SmallValue* small(std::size_t i) const {
    return input(i) != nullptr && input(i)->small ? &*input(i)->small : nullptr;
  }
  // The shape, of which the rank must be one of at least `least`; null if it is not known.
  // Throws Error(kInput) otherwise.
  const Dimensions* shape_of_rank(std::size_t i, std::size_t least) const;

  void set(std::size_t output, DataType dtype, Dimensions shape);
  void set_dtype(std::size_t output, DataType dtype);
  const std::vector<KnownValue>& outputs() const { return outputs_; }
  std::vector<KnownValue>& outputs() { return outputs_; }

  // Throws Error(kInput) naming the node.
  [[noreturn]] void fail(const std::string& message, const std::string& value = {}) const {
    throw_input(message, place_of(node_, value));
  }
  std::string input_name(std::size_t i) const {
    return i < node_.inputs.size() ? node_.inputs[i] : std::string();
  }

 private:
  const Node& node_;
  std::int64_t opset_;
  std::vector<const KnownValue*> inputs_;
  ConstantLookup constant_;
  std::vector<KnownValue> outputs_;
};

using ShapeRule = void (*)(RuleContext&);

struct ShapeRuleRow {
  const char* op_type;
  ShapeRule rule;
};

// The families. Operators of ONNX's own domain and of com.microsoft share the tables: where names
// are the same, so is the meaning.
std::span<const ShapeRuleRow> elementwise_shape_rules();
std::span<const ShapeRuleRow> window_shape_rules();
std::span<const ShapeRuleRow> linear_shape_rules();
std::span<const ShapeRuleRow> movement_shape_rules();
std::span<const ShapeRuleRow> selection_shape_rules();
std::span<const ShapeRuleRow> reduction_shape_rules();
std::span<const ShapeRuleRow> recurrent_shape_rules();
std::span<const ShapeRuleRow> quantized_shape_rules();

// Null for an operator without a rule.
ShapeRule find_shape_rule(const Node& node);

// Sets output 0 to the shape and type of input 0: a rule, and a part of others.
void same_as_first(RuleContext& context);

}  // namespace gcompress::graph

// The tables of shape rules, and what all rules use.
#include "gcompress/core/graph/shape_rules/rule.h"

#include <array>

namespace gcompress::graph {

const Dimensions* RuleContext::shape_of_rank(std::size_t i, std::size_t least) const {
  const Dimensions* found = shape(i);
  if (found != nullptr && found->size() < least) {
    fail(node_.op_type + " needs an input of at least " + std::to_string(least) +
             " dimensions, not " + to_string(*found),
         input_name(i));
  }
  return found;
}

void RuleContext::set(std::size_t output, DataType dtype, Dimensions shape) {
  if (output >= outputs_.size()) return;
  for (const Dimension& dimension : shape) {
    if (dimension.size > kLargestDimension) {
      fail("the output would have the shape " + to_string(shape) + ", which is impossibly large",
           node_.outputs[output]);
    }
  }
  outputs_[output].dtype = dtype;
  outputs_[output].shape = std::move(shape);
}

void RuleContext::set_dtype(std::size_t output, DataType dtype) {
  if (output < outputs_.size()) outputs_[output].dtype = dtype;
}

ShapeRule find_shape_rule(const Node& node) {
  if (!node.domain.empty() && node.domain != "com.microsoft") return nullptr;
  static const std::array kFamilies = {
      elementwise_shape_rules(), window_shape_rules(),    linear_shape_rules(),
      movement_shape_rules(),    selection_shape_rules(), reduction_shape_rules(),
      recurrent_shape_rules(),   quantized_shape_rules(),
  };
  for (const std::span<const ShapeRuleRow> family : kFamilies) {
    for (const ShapeRuleRow& row : family) {
      if (node.op_type == row.op_type) return row.rule;
    }
  }
  return nullptr;
}

void same_as_first(RuleContext& context) {
  if (const Dimensions* shape = context.shape(0)) {
    context.set(0, context.dtype(0), *shape);
  } else {
    context.set_dtype(0, context.dtype(0));
  }
}

}  // namespace gcompress::graph

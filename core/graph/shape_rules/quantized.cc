// Shapes of quantization and of ONNX Runtime's quantized elementwise operators.
#include <array>

#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

void quantize_linear(RuleContext& context) {
  same_as_first(context);
  DataType dtype = context.dtype(2);
  if (dtype == DataType::kUndefined) {
    const std::int64_t stated = attribute_int(context.node(), "output_dtype", 0);
    dtype = stated == 0 ? DataType::kUint8 : static_cast<DataType>(stated);
  }
  context.set_dtype(0, dtype);
}

void dequantize_linear(RuleContext& context) {
  same_as_first(context);
  context.set_dtype(0, context.dtype(1));
}

void dynamic_quantize_linear(RuleContext& context) {
  same_as_first(context);
  context.set_dtype(0, DataType::kUint8);
  context.set(1, DataType::kFloat32, {});
  context.set(2, DataType::kUint8, {});
}

// QLinearAdd, QLinearMul: (A, scale, zero point, B, scale, zero point, ...).
void qlinear_binary(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* a = context.shape(0);
  const Dimensions* b = context.shape(3);
  if (a == nullptr || b == nullptr) return;
  const auto both = broadcast(*a, *b);
  if (!both) {
    context.fail(
        "inputs of shapes " + to_string(*a) + " and " + to_string(*b) + " do not fit each other",
        context.input_name(3));
  }
  context.set(0, context.dtype(0), *both);
}

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"DequantizeLinear", dequantize_linear},
    {"DynamicQuantizeLinear", dynamic_quantize_linear},
    {"QLinearAdd", qlinear_binary},
    {"QLinearLeakyRelu", same_as_first},
    {"QLinearMul", qlinear_binary},
    {"QLinearSigmoid", same_as_first},
    {"QLinearSoftmax", same_as_first},
    {"QuantizeLinear", quantize_linear},
});

}  // namespace

std::span<const ShapeRuleRow> quantized_shape_rules() { return kRules; }

}  // namespace gcompress::graph

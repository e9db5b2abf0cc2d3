// Shapes of elementwise operators, with broadcasting, and of normalisations.
#include <algorithm>
#include <array>

#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/operators/normalization.h"
#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

// Broadcasts the inputs in [first, last) to output 0.
void broadcast_inputs(RuleContext& context, DataType dtype, std::size_t first, std::size_t last) {
  context.set_dtype(0, dtype);
  Dimensions result;
  for (std::size_t i = first; i < last; ++i) {
    if (context.input(i) == nullptr) continue;
    const Dimensions* shape = context.shape(i);
    if (shape == nullptr) return;
    auto both = broadcast(result, *shape);
    if (!both) {
      context.fail("inputs of shapes " + to_string(result) + " and " + to_string(*shape) +
                       " do not fit each other",
                   context.input_name(i));
    }
    result = *std::move(both);
  }
  context.set(0, dtype, std::move(result));
}

// The first known type among the inputs.
DataType common_type(const RuleContext& context) {
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    if (context.dtype(i) != DataType::kUndefined) return context.dtype(i);
  }
  return DataType::kUndefined;
}

void arithmetic(RuleContext& context) {
  // Before opset 7 the second input is fitted to the first.
  if (context.opset() < 7 && context.input_count() == 2) return same_as_first(context);
  broadcast_inputs(context, common_type(context), 0, context.input_count());
}

void comparison(RuleContext& context) {
  broadcast_inputs(context, DataType::kBool, 0, context.input_count());
}

void power(RuleContext& context) {
  broadcast_inputs(context, context.dtype(0), 0, context.input_count());
}

void prelu(RuleContext& context) { same_as_first(context); }

void where(RuleContext& context) {
  const DataType dtype =
      context.dtype(1) == DataType::kUndefined ? context.dtype(2) : context.dtype(1);
  broadcast_inputs(context, dtype, 0, 3);
}

void test_elements(RuleContext& context) {
  same_as_first(context);
  context.set_dtype(0, DataType::kBool);
}

void cast(RuleContext& context) {
  same_as_first(context);
  context.set_dtype(0, cast_type(context.node()));
}

void cast_like(RuleContext& context) {
  same_as_first(context);
  context.set_dtype(0, context.dtype(1));
}

void dropout(RuleContext& context) {
  same_as_first(context);
  if (const Dimensions* shape = context.shape(0)) {
    context.set(1, context.opset() < 10 ? context.dtype(0) : DataType::kBool, *shape);
  }
}

void batch_normalization(RuleContext& context) {
  same_as_first(context);
  const Dimensions* scale = context.shape(1);
  const Dimensions* shape = context.shape(0);
  if (scale == nullptr) return;
  if (shape != nullptr && scale->size() == 1) {
    const Dimension channels = shape->size() < 2 ? known_dimension(1) : (*shape)[1];
    if (!merged(channels, scale->front())) {
      context.fail("the input " + to_string(*shape) + " does not have the " +
                       std::to_string(scale->front().size) + " channels of the scale",
                   context.input_name(0));
    }
  }
  for (std::size_t output = 1; output < context.outputs().size(); ++output) {
    context.set(output, context.dtype(1), *scale);
  }
}

// LayerNormalization and RMSNormalization: mean and deviation keep the axes before `axis`.
void layer_normalization(RuleContext& context) {
  same_as_first(context);
  const Dimensions* shape = context.shape_of_rank(0, 1);
  if (shape == nullptr) return;
  const auto axis = normalized_axis(context.node(), layer_norm_attributes(context.node()).axis,
                                    static_cast<std::int64_t>(shape->size()));
  Dimensions statistics = *shape;
  std::fill(statistics.begin() + axis, statistics.end(), known_dimension(1));
  context.set(1, DataType::kFloat32, statistics);
  context.set(2, DataType::kFloat32, std::move(statistics));
}

// com.microsoft: (x, skip, ...) -> y, mean, deviation, x + skip.
void skip_layer_normalization(RuleContext& context) {
  same_as_first(context);
  if (const Dimensions* shape = context.shape(0)) context.set(3, context.dtype(0), *shape);
}

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"Abs", same_as_first},
    {"Acos", same_as_first},
    {"Acosh", same_as_first},
    {"Asin", same_as_first},
    {"Asinh", same_as_first},
    {"Atan", same_as_first},
    {"Atanh", same_as_first},
    {"BiasGelu", same_as_first},
    {"BitwiseNot", same_as_first},
    {"Ceil", same_as_first},
    {"Celu", same_as_first},
    {"Clip", same_as_first},
    {"Cos", same_as_first},
    {"Cosh", same_as_first},
    {"CumSum", same_as_first},
    {"Elu", same_as_first},
    {"Erf", same_as_first},
    {"Exp", same_as_first},
    {"FastGelu", same_as_first},
    {"Floor", same_as_first},
    {"Gelu", same_as_first},
    {"HardSigmoid", same_as_first},
    {"HardSwish", same_as_first},
    {"Hardmax", same_as_first},
    {"Identity", same_as_first},
    {"LeakyRelu", same_as_first},
    {"Log", same_as_first},
    {"LogSoftmax", same_as_first},
    {"Mish", same_as_first},
    {"Neg", same_as_first},
    {"Not", same_as_first},
    {"QuickGelu", same_as_first},
    {"Reciprocal", same_as_first},
    {"Relu", same_as_first},
    {"Round", same_as_first},
    {"Selu", same_as_first},
    {"Shrink", same_as_first},
    {"Sigmoid", same_as_first},
    {"Sign", same_as_first},
    {"Sin", same_as_first},
    {"Sinh", same_as_first},
    {"Softmax", same_as_first},
    {"Softplus", same_as_first},
    {"Softsign", same_as_first},
    {"Sqrt", same_as_first},
    {"Swish", same_as_first},
    {"Tan", same_as_first},
    {"Tanh", same_as_first},
    {"ThresholdedRelu", same_as_first},
    {"Trilu", same_as_first},
    {"IsInf", test_elements},
    {"IsNaN", test_elements},
    {"Add", arithmetic},
    {"BitShift", arithmetic},
    {"BitwiseAnd", arithmetic},
    {"BitwiseOr", arithmetic},
    {"BitwiseXor", arithmetic},
    {"Div", arithmetic},
    {"Max", arithmetic},
    {"Mean", arithmetic},
    {"Min", arithmetic},
    {"Mod", arithmetic},
    {"Mul", arithmetic},
    {"Sub", arithmetic},
    {"Sum", arithmetic},
    {"Pow", power},
    {"PRelu", prelu},
    {"And", comparison},
    {"Equal", comparison},
    {"Greater", comparison},
    {"GreaterOrEqual", comparison},
    {"Less", comparison},
    {"LessOrEqual", comparison},
    {"Or", comparison},
    {"Xor", comparison},
    {"Where", where},
    {"Cast", cast},
    {"CastLike", cast_like},
    {"Dropout", dropout},
    {"BatchNormalization", batch_normalization},
    {"GroupNormalization", same_as_first},
    {"InstanceNormalization", same_as_first},
    {"LRN", same_as_first},
    {"LayerNormalization", layer_normalization},
    {"LpNormalization", same_as_first},
    {"MeanVarianceNormalization", same_as_first},
    {"RMSNormalization", same_as_first},
    {"SimplifiedLayerNormalization", same_as_first},
    {"SkipLayerNormalization", skip_layer_normalization},
    {"SkipSimplifiedLayerNormalization", skip_layer_normalization},
});

}  // namespace

std::span<const ShapeRuleRow> elementwise_shape_rules() { return kRules; }

}  // namespace gcompress::graph

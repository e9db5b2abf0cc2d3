// Shapes of reductions and TopK.
#include "gcompress/core/graph/operators/reduction.h"

#include <algorithm>
#include <array>

#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

Dimensions without(const Dimensions& shape, const std::vector<std::int64_t>& axes, bool keepdims) {
  Dimensions result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool reduced =
        std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    if (!reduced) {
      result.push_back(shape[i]);
    } else if (keepdims) {
      result.push_back(known_dimension(1));
    }
  }
  return result;
}

void reduce(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* shape = context.shape(0);
  if (shape == nullptr) return;
  const ReduceAttributes attributes =
      reduce_attributes(context.node(), context.opset(), context.constant());
  if (!attributes.axes.known) {
    if (attributes.keepdims) context.set(0, context.dtype(0), Dimensions(shape->size()));
    return;
  }
  const auto axes =
      reduced_axes(context.node(), attributes, static_cast<std::int64_t>(shape->size()));
  context.set(0, context.dtype(0), without(*shape, axes, attributes.keepdims));
}

void arg(RuleContext& context) {
  context.set_dtype(0, DataType::kInt64);
  const Dimensions* shape = context.shape_of_rank(0, 1);
  if (shape == nullptr) return;
  const ArgAttributes attributes = arg_attributes(context.node());
  const auto axis =
      normalized_axis(context.node(), attributes.axis, static_cast<std::int64_t>(shape->size()));
  context.set(0, DataType::kInt64, without(*shape, {axis}, attributes.keepdims));
}

void top_k(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  context.set_dtype(1, DataType::kInt64);
  const Dimensions* shape = context.shape_of_rank(0, 1);
  if (shape == nullptr) return;
  const TopKAttributes attributes =
      top_k_attributes(context.node(), context.opset(), context.constant());
  const auto axis = static_cast<std::size_t>(
      normalized_axis(context.node(), attributes.axis, static_cast<std::int64_t>(shape->size())));
  Dimensions output = *shape;
  output[axis] = {};
  if (attributes.k.known) {
    const std::int64_t k = attributes.k.values.front();
    if (k < 0 || ((*shape)[axis].known() && k > (*shape)[axis].size)) {
      context.fail("the k of TopK is " + std::to_string(k) + " on an input of shape " +
                   to_string(*shape));
    }
    output[axis] = known_dimension(k);
  }
  context.set(0, context.dtype(0), output);
  context.set(1, DataType::kInt64, std::move(output));
}

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"ArgMax", arg},
    {"ArgMin", arg},
    {"ReduceL1", reduce},
    {"ReduceL2", reduce},
    {"ReduceLogSum", reduce},
    {"ReduceLogSumExp", reduce},
    {"ReduceMax", reduce},
    {"ReduceMean", reduce},
    {"ReduceMin", reduce},
    {"ReduceProd", reduce},
    {"ReduceSum", reduce},
    {"ReduceSumSquare", reduce},
    {"TopK", top_k},
});

}  // namespace

std::span<const ShapeRuleRow> reduction_shape_rules() { return kRules; }

}  // namespace gcompress::graph

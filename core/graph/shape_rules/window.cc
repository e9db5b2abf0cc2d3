// Shapes of convolution, pooling and resizing.
#include <array>

#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/graph/operators/pooling.h"
#include "gcompress/core/graph/operators/resize.h"
#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

// One spatial output size; a symbol stays where the window keeps sizes.
Dimension window_dimension(const RuleContext& context, const Window& window, std::size_t axis,
                           const Dimension& input) {
  if (input.known()) {
    return known_dimension(window_output_size(context.node(), window, axis, input.size));
  }
  if (window.strides[axis] != 1) return {};
  const bool same =
      window.auto_pad == AutoPad::kSameUpper || window.auto_pad == AutoPad::kSameLower;
  const std::int64_t pads = window.auto_pad == AutoPad::kValid
                                ? 0
                                : window.pads[axis] + window.pads[axis + window.axes()];
  return same || pads == (window.kernel[axis] - 1) * window.dilations[axis] ? input : Dimension{};
}

// The spatial part of a kernel's shape, if it is known.
std::optional<Shape> kernel_size(const Dimensions& weight) {
  return known_shape(Dimensions(weight.begin() + 2, weight.end()));
}

void check_rank(const RuleContext& context, const Dimensions& input, const Window& window) {
  if (input.size() != window.axes() + 2) {
    context.fail(context.node().op_type + " with a window of " + std::to_string(window.axes()) +
                     " axes cannot take an input of shape " + to_string(input),
                 context.input_name(0));
  }
}

void convolve(RuleContext& context, std::size_t weight_input, DataType dtype) {
  context.set_dtype(0, dtype);
  const Dimensions* input = context.shape_of_rank(0, 3);
  const Dimensions* weight = context.shape_of_rank(weight_input, 3);
  if (input == nullptr || weight == nullptr) return;
  const auto kernel = kernel_size(*weight);
  if (!kernel) return;
  const ConvAttributes conv = conv_attributes(context.node(), *kernel);
  check_rank(context, *input, conv.window);
  const Dimension& channels = (*input)[1];
  const Dimension& each = (*weight)[1];
  if (channels.known() && each.known() && channels.size != each.size * conv.group) {
    context.fail("the input has " + std::to_string(channels.size) +
                     " channels but the weight takes " + std::to_string(each.size) + " in " +
                     std::to_string(conv.group) + " groups",
                 context.input_name(0));
  }
  Dimensions output = {(*input)[0], (*weight)[0]};
  for (std::size_t axis = 0; axis < kernel->size(); ++axis) {
    output.push_back(window_dimension(context, conv.window, axis, (*input)[axis + 2]));
  }
  context.set(0, dtype, std::move(output));
}

void conv(RuleContext& context) { convolve(context, 1, context.dtype(0)); }
void conv_integer(RuleContext& context) { convolve(context, 1, DataType::kInt32); }
void qlinear_conv(RuleContext& context) { convolve(context, 3, context.dtype(7)); }

void conv_transpose(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape_of_rank(0, 3);
  const Dimensions* weight = context.shape_of_rank(1, 3);
  if (input == nullptr || weight == nullptr) return;
  const auto kernel = kernel_size(*weight);
  if (!kernel) return;
  const ConvTransposeAttributes attributes = conv_transpose_attributes(context.node(), *kernel);
  check_rank(context, *input, attributes.window);
  if (!merged((*input)[1], (*weight)[0])) {
    context.fail("the input has " + std::to_string((*input)[1].size) +
                     " channels but the weight takes " + std::to_string((*weight)[0].size),
                 context.input_name(0));
  }
  Dimensions output = {(*input)[0], {}};
  if (const Dimension& each = (*weight)[1]; each.known()) {
    output[1] = known_dimension(each.size * attributes.group);
  }
  const auto spatial = known_shape(Dimensions(input->begin() + 2, input->end()));
  if (spatial) {
    const auto geometry = conv_transpose_geometry(context.node(), attributes, *spatial);
    for (const std::int64_t size : geometry.output) output.push_back(known_dimension(size));
  } else {
    output.resize(input->size());
  }
  context.set(0, context.dtype(0), std::move(output));
}

void pool(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  context.set_dtype(1, DataType::kInt64);
  const Dimensions* input = context.shape_of_rank(0, 3);
  if (input == nullptr) return;
  const Window window = pool_attributes(context.node()).window;
  check_rank(context, *input, window);
  Dimensions output = {(*input)[0], (*input)[1]};
  for (std::size_t axis = 0; axis < window.axes(); ++axis) {
    output.push_back(window_dimension(context, window, axis, (*input)[axis + 2]));
  }
  context.set(0, context.dtype(0), output);
  context.set(1, DataType::kInt64, std::move(output));
}

void global_pool(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape_of_rank(0, 2);
  if (input == nullptr) return;
  Dimensions output = *input;
  // com.microsoft's quantized form may keep channels last.
  const bool channels_last = attribute_int(context.node(), "channels_last", 0) != 0;
  const std::size_t first = channels_last ? 1 : 2;
  const std::size_t last = channels_last ? output.size() - 1 : output.size();
  for (std::size_t axis = first; axis < last; ++axis) output[axis] = known_dimension(1);
  context.set(0, context.dtype(0), std::move(output));
}

void resize(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  if (input == nullptr) return;
  const ResizeParameters parameters =
      resize_parameters(context.node(), context.opset(), context.constant());
  const auto known = known_shape(*input);
  if (parameters.known() && known) {
    const ResizeGeometry geometry = resize_geometry(context.node(), parameters, *known);
    context.set(0, context.dtype(0), known_dimensions(geometry.output));
    return;
  }
  // Symbols stay along axes that keep their size, and pass from sizes that hold them.
  Dimensions output(input->size());
  const SmallValue* sizes = context.small(3);
  const bool all_axes = parameters.axes.empty();
  for (std::size_t axis = 0; axis < output.size() && all_axes; ++axis) {
    if (parameters.scales_given && axis < parameters.scales.size()) {
      if (parameters.scales[axis] == 1.0F) output[axis] = (*input)[axis];
    } else if (parameters.sizes.given && sizes != nullptr && axis < sizes->elements.size()) {
      output[axis] = dimensions_of(*sizes)[axis];
    }
  }
  context.set(0, context.dtype(0), std::move(output));
}

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"Conv", conv},
    {"ConvInteger", conv_integer},
    {"ConvTranspose", conv_transpose},
    {"DeformConv", conv},
    {"FusedConv", conv},
    {"QLinearConv", qlinear_conv},
    {"AveragePool", pool},
    {"LpPool", pool},
    {"MaxPool", pool},
    {"GlobalAveragePool", global_pool},
    {"GlobalLpPool", global_pool},
    {"GlobalMaxPool", global_pool},
    {"QLinearGlobalAveragePool", global_pool},
    {"Resize", resize},
    {"Upsample", resize},
});

}  // namespace

std::span<const ShapeRuleRow> window_shape_rules() { return kRules; }

}  // namespace gcompress::graph

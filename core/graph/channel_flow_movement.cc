// Operators that pass channels on: pooling, reduction over positions, flattening, padding, slicing.
#include <algorithm>
#include <numeric>

#include "gcompress/core/graph/channel_flow_builder.h"
#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/operators/pooling.h"
#include "gcompress/core/graph/operators/reduction.h"

namespace gcompress::graph {
namespace {

bool any_positive(const std::vector<std::int64_t>& numbers) {
  return std::ranges::any_of(numbers, [](std::int64_t number) { return number > 0; });
}

// Without these axes (from the front, rising), or with size 1 there.
void remove_axes(ChannelValue& value, const std::vector<std::int64_t>& axes) {
  const int channel = value.front_axis();
  for (const std::int64_t axis : axes) value.axis += axis > channel ? 1 : 0;
  value.rank -= static_cast<int>(axes.size());
}

std::vector<MapStep::Source> range(const SliceRange& range, std::size_t input) {
  std::vector<MapStep::Source> sources;
  for (std::int64_t i = 0; i < range.count; ++i) {
    sources.push_back({.input = input, .channel = range.start + i * range.step});
  }
  return sources;
}

}  // namespace

// A maximum never takes padding; an average may count it as zeros.
bool ChannelFlowBuilder::pool(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || node.outputs.size() != 1) return false;
  const PoolAttributes attributes = pool_attributes(node);
  MapStep step;
  step.inputs = {input};
  const bool may_pad = any_positive(attributes.window.pads) || attributes.window.ceil_mode ||
                       (attributes.window.auto_pad != AutoPad::kNotSet &&
                        attributes.window.auto_pad != AutoPad::kValid);
  if (node.op_type == "AveragePool" && attributes.count_include_pad && may_pad) step.border = 0;
  add_map(node, std::move(step), value(input));
  return true;
}

bool ChannelFlowBuilder::global_pool(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).front_axis() != 1) return false;
  ChannelValue output = value(input);
  output.one_position = true;
  MapStep step;
  step.inputs = {input};
  add_map(node, std::move(step), std::move(output));
  return true;
}

bool ChannelFlowBuilder::reduce(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).rank < 0) return false;
  ChannelValue output = value(input);
  const ReduceAttributes attributes = reduce_attributes(node, network_.opset(), lookup_);
  if (!attributes.axes.known || attributes.reduces_all()) return false;
  const auto axes = reduced_axes(node, attributes, output.rank);
  const int channel = output.front_axis();
  if (std::ranges::find(axes, channel) != axes.end()) return false;
  std::vector<std::int64_t> positions(static_cast<std::size_t>(output.rank));
  std::iota(positions.begin(), positions.end(), std::int64_t{0});
  output.one_position = output.one_position || std::ranges::all_of(positions, [&](std::int64_t i) {
                          return i == 0 || i == channel || std::ranges::find(axes, i) != axes.end();
                        });
  if (!attributes.keepdims) remove_axes(output, axes);
  MapStep step;
  step.inputs = {input};
  add_map(node, std::move(step), std::move(output));
  return true;
}

bool ChannelFlowBuilder::flatten(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).front_axis() != 1) return false;
  ChannelValue output = value(input);
  if (flatten_axis(node, output.rank) != 1) return false;
  output.runs = output.runs || (output.rank > 2 && !output.one_position);
  output.rank = 2;
  output.axis = -1;
  MapStep step;
  step.inputs = {input};
  add_map(node, std::move(step), std::move(output));
  return true;
}

// Only what flattens for sure: [0, ...] to two axes, [any, channels] of a single position, or
// shapes that say so.
bool ChannelFlowBuilder::reshape(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).front_axis() != 1) return false;
  ChannelValue output = value(input);
  const ReshapeTarget target = reshape_target(node, network_.opset(), lookup_);
  const bool to_matrix = target.shape.known && target.shape.values.size() == 2;
  const bool copies_batch = to_matrix && target.shape.values[0] == 0 && !target.zero_is_zero &&
                            target.shape.values[1] != 0;
  const bool single = to_matrix && !output.runs && (output.one_position || output.rank == 2) &&
                      target.shape.values[1] == output.channels;
  if (!copies_batch && !single && !flattens_by_shape(node)) return false;
  output.runs = output.runs || (output.rank > 2 && !output.one_position);
  output.rank = 2;
  output.axis = -1;
  MapStep step;
  step.inputs = {input};
  add_map(node, std::move(step), std::move(output));
  return true;
}

// True if all axes of the input but the first make one axis of the output, by their sizes.
bool ChannelFlowBuilder::flattens_by_shape(const Node& node) {
  const std::vector<Dimension>* from = shape_of(node.inputs[0]);
  const std::vector<Dimension>* to = shape_of(node.outputs[0]);
  if (from == nullptr || to == nullptr || to->size() != 2 || !(*to)[1].known()) return false;
  std::int64_t elements = 1;
  for (std::size_t axis = 1; axis < from->size(); ++axis) {
    if (!(*from)[axis].known()) return false;
    elements *= (*from)[axis].size;
  }
  return elements == (*to)[1].size && elements > 0;
}

bool ChannelFlowBuilder::squeeze(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).rank < 0) return false;
  ChannelValue output = value(input);
  const IntList written = squeeze_axes(node, network_.opset(), lookup_);
  if (!written.given || !written.known) return false;
  std::vector<std::int64_t> axes = normalized_axes(node, written.values, output.rank);
  std::ranges::sort(axes);
  if (std::ranges::find(axes, output.front_axis()) != axes.end()) return false;
  remove_axes(output, axes);
  MapStep step;
  step.inputs = {input};
  add_map(node, std::move(step), std::move(output));
  return true;
}

bool ChannelFlowBuilder::pad(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).rank < 0) return false;
  ChannelValue output = value(input);
  const PadParameters parameters = pad_parameters(node, network_.opset(), lookup_);
  if (!parameters.known() || !parameters.value.known) return false;
  std::vector<std::int64_t> pads = pads_of_all_axes(node, parameters, output.rank);
  const auto rank = static_cast<std::size_t>(output.rank);
  const auto channel = static_cast<std::size_t>(output.front_axis());
  const std::int64_t before = std::exchange(pads[channel], 0);
  const std::int64_t after = std::exchange(pads[rank + channel], 0);
  const bool constant = parameters.mode == PadMode::kConstant;
  MapStep step;
  step.inputs = {input};
  step.fill = parameters.value.given ? parameters.value.value : 0;
  if (constant && any_positive(pads)) step.border = step.fill;
  if (before != 0 || after != 0) {
    if (!constant || output.runs) return false;
    for (std::int64_t i = -before; i < output.channels + after; ++i) {
      const bool inside = i >= 0 && i < output.channels;
      step.sources.push_back({.input = 0, .channel = inside ? i : -1});
    }
    if (step.sources.empty()) return false;
    output.channels = static_cast<std::int64_t>(step.sources.size());
  }
  if (any_positive(pads)) output.one_position = false;
  add_map(node, std::move(step), std::move(output));
  return true;
}

bool ChannelFlowBuilder::slice(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).rank < 0) return false;
  ChannelValue output = value(input);
  const SliceParameters parameters = slice_parameters(node, network_.opset(), lookup_);
  if (!parameters.known()) return false;
  const auto axes = normalized_axes(node, parameters.axes.values, output.rank);
  MapStep step;
  step.inputs = {input};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] != output.front_axis()) continue;
    if (output.runs) return false;
    const SliceRange kept =
        slice_range(node, parameters.starts.values[i], parameters.ends.values[i],
                    parameters.steps.values[i], output.channels);
    if (kept.count == 0) return false;
    step.sources = range(kept, 0);
    output.channels = kept.count;
  }
  add_map(node, std::move(step), std::move(output));
  return true;
}

bool ChannelFlowBuilder::split(const Node& node) {
  const int input = value_of(node.inputs[0]);
  if (input == kNotFollowed || value(input).rank < 0 || value(input).runs) return false;
  const ChannelValue whole = value(input);
  const SplitParameters parameters = split_parameters(node, network_.opset(), lookup_);
  if (!parameters.sizes.known ||
      normalized_axis(node, parameters.axis, whole.rank) != whole.front_axis()) {
    return false;
  }
  const auto sizes = split_sizes(node, parameters, whole.channels);
  if (std::ranges::find(sizes, 0) != sizes.end()) return false;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < node.outputs.size() && i < sizes.size(); ++i) {
    MapStep step;
    step.inputs = {input};
    step.sources = range({.start = begin, .step = 1, .count = sizes[i]}, 0);
    begin += sizes[i];
    ChannelValue output = whole;
    output.name = node.outputs[i];
    output.channels = sizes[i];
    step.output = add_value(std::move(output));
    flow_.steps.emplace_back(std::move(step));
  }
  return true;
}

bool ChannelFlowBuilder::concat(const Node& node) {
  MapStep step;
  ChannelValue output;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const int input = value_of(node.inputs[i]);
    if (input == kNotFollowed) return false;
    const ChannelValue& part = value(input);
    if (part.rank < 0 || part.runs) return false;
    if (i == 0) {
      output = part;
      output.channels = 0;
    }
    if (part.rank != output.rank || part.axis != output.axis) return false;
    const auto sources = range({.start = 0, .step = 1, .count = part.channels}, i);
    step.sources.insert(step.sources.end(), sources.begin(), sources.end());
    step.inputs.push_back(input);
    output.channels += part.channels;
  }
  const Attribute* axis = node.attribute("axis");
  if (step.inputs.empty() || axis == nullptr ||
      normalized_axis(node, attribute_int(node, "axis", 1), output.rank) != output.front_axis()) {
    return false;
  }
  add_map(node, std::move(step), std::move(output));
  return true;
}

}  // namespace gcompress::graph

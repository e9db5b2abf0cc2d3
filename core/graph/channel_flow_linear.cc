// Layers: convolutions, matrices, normalisation, and elementwise arithmetic.
#include <algorithm>

#include "gcompress/core/graph/channel_flow_builder.h"
#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/graph/operators/normalization.h"

namespace gcompress::graph {
namespace {

// Which taps of a kernel always lie inside the input, whatever its size.
std::vector<bool> taps_without_padding(const Window& window) {
  std::int64_t taps = 1;
  for (const std::int64_t size : window.kernel) taps *= size;
  std::vector<bool> safe(static_cast<std::size_t>(taps), true);
  if (window.auto_pad == AutoPad::kValid || taps == 1) {
    const bool padded = window.auto_pad == AutoPad::kNotSet &&
                        std::ranges::any_of(window.pads, [](std::int64_t pad) { return pad > 0; });
    return padded ? std::vector<bool>(safe.size(), false) : safe;
  }
  if (window.auto_pad != AutoPad::kNotSet) return std::vector<bool>(safe.size(), false);
  const std::size_t axes = window.axes();
  for (std::size_t tap = 0; tap < safe.size(); ++tap) {
    auto rest = static_cast<std::int64_t>(tap);
    for (std::size_t axis = axes; axis-- > 0;) {
      const std::int64_t place = rest % window.kernel[axis];
      rest /= window.kernel[axis];
      const std::int64_t before = place * window.dilations[axis];
      const std::int64_t after = (window.kernel[axis] - 1 - place) * window.dilations[axis];
      if (before < window.pads[axis] || after < window.pads[axes + axis]) safe[tap] = false;
    }
  }
  return safe;
}

}  // namespace

bool ChannelFlowBuilder::conv(const Node& node) {
  const int weight = constant_of(has_input(node, 1) ? node.inputs[1] : "");
  if (weight == kNotFollowed || tensor(weight).rank() < 3) return false;
  const Shape shape = tensor(weight).shape();  // a copy: constants may still move
  const ConvAttributes attributes = conv_attributes(node, {shape.begin() + 2, shape.end()});
  LinearStep step;
  step.weight = weight;
  step.outputs = shape[0];
  step.columns = shape[1];
  step.groups = attributes.group;
  if (step.outputs == 0 || step.columns == 0 || step.outputs % step.groups != 0) return false;
  step.safe_taps = taps_without_padding(attributes.window);
  step.taps = static_cast<std::int64_t>(step.safe_taps.size());
  if (has_input(node, 2)) {
    step.bias = constant_of(node.inputs[2]);
    if (step.bias == kNotFollowed || tensor(step.bias).size() != step.outputs) return false;
  }
  const auto rank = static_cast<int>(shape.size());
  step.input = value_of(node.inputs[0]);
  if (step.input != kNotFollowed) {
    const ChannelValue& input = value(step.input);
    if (input.rank != rank || input.front_axis() != 1 || input.runs ||
        input.channels != step.columns * step.groups) {
      return false;
    }
  }
  add_linear(std::move(step),
             {.name = node.outputs[0], .channels = shape[0], .rank = rank, .axis = 1 - rank});
  return true;
}

bool ChannelFlowBuilder::gemm(const Node& node) {
  const int weight = constant_of(has_input(node, 1) ? node.inputs[1] : "");
  const GemmAttributes attributes = gemm_attributes(node);
  if (weight == kNotFollowed || tensor(weight).rank() != 2 || attributes.transpose_a) return false;
  const Shape shape = tensor(weight).shape();  // a copy: constants may still move
  LinearStep step;
  step.weight = weight;
  step.alpha = attributes.alpha;
  step.beta = attributes.beta;
  step.rows_are_outputs = attributes.transpose_b;
  const std::int64_t features = shape[attributes.transpose_b ? 1 : 0];
  step.outputs = shape[attributes.transpose_b ? 0 : 1];
  if (features == 0 || step.outputs == 0) return false;
  if (has_input(node, 2)) {
    step.bias = constant_of(node.inputs[2]);
    if (step.bias == kNotFollowed || tensor(step.bias).size() != step.outputs ||
        (tensor(step.bias).rank() > 0 && tensor(step.bias).shape().back() != step.outputs) ||
        attributes.beta == 0.0F) {
      return false;
    }
  }
  step.input = value_of(node.inputs[0]);
  step.columns = features;
  if (step.input != kNotFollowed) {
    const ChannelValue& input = value(step.input);
    if (input.rank != 2 || input.axis != -1 || features % input.channels != 0 ||
        (!input.runs && features != input.channels)) {
      return false;
    }
    step.columns = input.channels;
    step.taps = features / input.channels;
  }
  if (!step.rows_are_outputs) step.columns = step.outputs;
  step.safe_taps.assign(static_cast<std::size_t>(step.taps), true);
  const std::int64_t outputs = step.outputs;
  add_linear(std::move(step),
             {.name = node.outputs[0], .channels = outputs, .rank = 2, .axis = -1});
  return true;
}

bool ChannelFlowBuilder::matmul(const Node& node) {
  const int weight = constant_of(has_input(node, 1) ? node.inputs[1] : "");
  if (weight == kNotFollowed || tensor(weight).rank() != 2) return false;
  const Shape shape = tensor(weight).shape();  // a copy: constants may still move
  LinearStep step;
  step.weight = weight;
  step.rows_are_outputs = false;
  step.outputs = step.columns = shape[1];
  if (shape[0] == 0 || shape[1] == 0) return false;
  step.input = value_of(node.inputs[0]);
  int rank = -1;
  if (step.input != kNotFollowed) {
    const ChannelValue& input = value(step.input);
    if (input.axis != -1 || shape[0] % input.channels != 0 ||
        (!input.runs && shape[0] != input.channels)) {
      return false;
    }
    step.taps = shape[0] / input.channels;
    rank = input.rank;
  }
  step.safe_taps.assign(static_cast<std::size_t>(step.taps), true);
  add_linear(std::move(step),
             {.name = node.outputs[0], .channels = shape[1], .rank = rank, .axis = -1});
  return true;
}

bool ChannelFlowBuilder::batch_norm(const Node& node) {
  LinearStep step;
  step.input = value_of(node.inputs[0]);
  if (step.input == kNotFollowed) return false;
  ChannelValue output = value(step.input);
  if (output.front_axis() != 1 || output.runs) return false;
  if (!read_norm(step, node, output.channels)) return false;
  step.outputs = output.channels;
  output.name = node.outputs[0];
  step.output = add_value(std::move(output));
  flow_.steps.emplace_back(std::move(step));
  return true;
}

bool ChannelFlowBuilder::read_norm(LinearStep& step, const Node& node, std::int64_t channels) {
  const BatchNormAttributes attributes = batch_norm_attributes(node, network_.opset());
  if (attributes.training || attributes.per_activation || node.inputs.size() != 5) return false;
  int constants[4];
  for (std::size_t i = 0; i < 4; ++i) {
    constants[i] = constant_of(node.inputs[i + 1]);
    if (constants[i] == kNotFollowed || tensor(constants[i]).size() != channels) return false;
  }
  step.normalised = true;
  step.scale = constants[0];
  step.shift = constants[1];
  step.mean = constants[2];
  step.variance = constants[3];
  step.epsilon = attributes.epsilon;
  // The mean is no parameter, but may take what folding owes, if nothing else reads it.
  ChannelConstant& mean = flow_.constants[static_cast<std::size_t>(step.mean)];
  mean.pinned = readers_[mean.id.tensor] != 1;
  return true;
}

void ChannelFlowBuilder::add_linear(LinearStep step, ChannelValue output) {
  std::size_t index = 0;
  while (const Node* reader = only_reader(output.name, index)) {
    if (step.normalised ||
        !(take_bias(step, output, *reader) || take_norm(step, output, *reader))) {
      break;
    }
    taken_[index] = true;
  }
  step.output = add_value(std::move(output));
  flow_.steps.emplace_back(std::move(step));
}

bool ChannelFlowBuilder::take_bias(LinearStep& step, ChannelValue& output, const Node& reader) {
  if (reader.op_type != "Add" || !reader.domain.empty() || step.bias != kNotFollowed) return false;
  const int bias = constant_of(reader.inputs[reader.inputs[0] == output.name ? 1 : 0]);
  if (bias == kNotFollowed || lie(bias, output) != Lie::kPerChannel) return false;
  step.bias = bias;
  step.beta = 1;
  output.name = reader.outputs[0];
  return true;
}

bool ChannelFlowBuilder::take_norm(LinearStep& step, ChannelValue& output, const Node& reader) {
  if (reader.op_type != "BatchNormalization" || !reader.domain.empty() ||
      reader.inputs[0] != output.name || output.front_axis() != 1) {
    return false;
  }
  if (!read_norm(step, reader, output.channels)) return false;
  output.name = reader.outputs[0];
  return true;
}

bool ChannelFlowBuilder::arithmetic(const Node& node) {
  if (node.inputs.size() != 2) return false;
  const int first = value_of(node.inputs[0]);
  const int second = value_of(node.inputs[1]);
  if (first != kNotFollowed && second != kNotFollowed) return pair(node, first, second);
  if (first == kNotFollowed && second == kNotFollowed) return false;
  const bool constant_first = first == kNotFollowed;
  const int input = constant_first ? second : first;
  const int constant = constant_of(node.inputs[constant_first ? 0 : 1]);
  return constant != kNotFollowed &&
         shift_or_scale(node, value(input), input, constant, constant_first);
}

bool ChannelFlowBuilder::shift_or_scale(const Node& node, const ChannelValue& value, int input,
                                        int constant, bool constant_first) {
  const Lie how = lie(constant, value);
  if (how == Lie::kOther || (node.op_type == "Div" && constant_first)) return false;
  // One number is shared by all channels: it cannot go with one of them.
  if (how == Lie::kOneNumber) flow_.constants[static_cast<std::size_t>(constant)].pinned = true;
  ChannelValue output = value;
  output.name = node.outputs[0];
  const int result = add_value(std::move(output));
  if (node.op_type == "Mul" || node.op_type == "Div") {
    const bool divides = node.op_type == "Div";
    if (divides) flow_.constants[static_cast<std::size_t>(constant)].pinned = true;
    flow_.steps.emplace_back(
        ScaleStep{.input = input, .output = result, .factor = constant, .divides = divides});
    return true;
  }
  const bool subtracts = node.op_type == "Sub";
  flow_.steps.emplace_back(ShiftStep{.input = input,
                                     .output = result,
                                     .shift = constant,
                                     .input_sign = subtracts && constant_first ? -1.0 : 1.0,
                                     .shift_sign = subtracts && !constant_first ? -1.0 : 1.0});
  return true;
}

bool ChannelFlowBuilder::pair(const Node& node, int first, int second) {
  const ChannelValue& a = value(first);
  const ChannelValue& b = value(second);
  if (node.op_type == "Div" || a.channels != b.channels || a.axis != b.axis || a.rank != b.rank ||
      a.runs != b.runs) {
    return false;
  }
  ChannelValue output = a;
  output.name = node.outputs[0];
  output.one_position = a.one_position && b.one_position;
  const int result = add_value(std::move(output));
  flow_.steps.emplace_back(PairStep{.first = first,
                                    .second = second,
                                    .output = result,
                                    .multiplies = node.op_type == "Mul",
                                    .sign = node.op_type == "Sub" ? -1.0 : 1.0});
  return true;
}

}  // namespace gcompress::graph

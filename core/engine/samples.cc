// A table of operators and what must hold for each.
#include "gcompress/core/engine/samples.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/operators/resize.h"

namespace gcompress::engine {
namespace {

bool always(const Binding&) { return true; }

// Constants are spread over the samples.
bool constants_are_spread(const Binding& binding) {
  const std::size_t rank = binding.outputs[0].size();
  for (std::size_t i = 0; i < binding.inputs.size(); ++i) {
    const Shape& shape = binding.inputs[i];
    if (binding.is_constant(i) && shape.size() == rank && shape[0] != 1) return false;
    if (!binding.is_constant(i) && shape.size() != rank) return false;
  }
  return true;
}

bool another_axis(const Binding& binding, std::int64_t otherwise) {
  const auto rank = static_cast<std::int64_t>(binding.inputs[0].size());
  const std::int64_t axis = graph::attribute_int(binding.node, "axis", otherwise);
  return graph::normalized_axis(binding.node, axis, rank) != 0;
}

bool softmax(const Binding& binding) { return another_axis(binding, binding.opset < 13 ? 1 : -1); }
bool concat(const Binding& binding) {
  if (!another_axis(binding, 1)) return false;
  for (std::size_t i = 0; i < binding.inputs.size(); ++i) {
    if (binding.is_constant(i)) return false;
  }
  return true;
}
bool transpose(const Binding& binding) {
  return graph::transpose_permutation(binding.node,
                                      static_cast<std::int64_t>(binding.inputs[0].size()))[0] == 0;
}
bool gemm(const Binding& binding) {
  return binding.is_constant(1) && !graph::gemm_attributes(binding.node).transpose_a;
}
bool mat_mul(const Binding& binding) {
  return binding.is_constant(1) && binding.inputs[1].size() == 2 && binding.inputs[0].size() >= 2;
}

// All of the first axis, in order.
bool slice(const Binding& binding) {
  const graph::SliceParameters parameters =
      graph::slice_parameters(binding.node, binding.opset, binding.lookup());
  if (!parameters.known()) return false;
  const auto rank = static_cast<std::int64_t>(binding.inputs[0].size());
  return std::ranges::none_of(parameters.axes.values, [&](std::int64_t axis) {
    return graph::normalized_axis(binding.node, axis, rank) == 0;
  });
}
bool pad(const Binding& binding) {
  const graph::PadParameters parameters =
      graph::pad_parameters(binding.node, binding.opset, binding.lookup());
  return parameters.known() &&
         graph::pads_of_all_axes(binding.node, parameters,
                                 static_cast<std::int64_t>(binding.inputs[0].size()))[0] == 0;
}

// Rows of a constant table, by indices of each sample.
bool gather(const Binding& binding) {
  return binding.is_constant(0) && !another_axis(binding, 0) && !binding.inputs[1].empty();
}
bool expand(const Binding& binding) {
  const Shape& in = binding.inputs[0];
  return in.size() == binding.outputs[0].size() && in[0] == binding.outputs[0][0];
}

// Sizes name the samples, too; scales do not.
bool resize(const Binding& binding) {
  const graph::ResizeParameters parameters =
      graph::resize_parameters(binding.node, binding.opset, binding.lookup());
  return parameters.known() && parameters.scales_given;
}

struct Row {
  std::string_view op_type;
  bool (*apart)(const Binding& binding);
};

constexpr std::array kRows = {
    Row{"Abs", always},
    Row{"Add", constants_are_spread},
    Row{"AveragePool", always},
    Row{"BatchNormalization", always},
    Row{"Cast", always},
    Row{"Clip", always},
    Row{"Concat", concat},
    Row{"Conv", always},
    Row{"ConvTranspose", always},
    Row{"Div", constants_are_spread},
    Row{"Dropout", always},
    Row{"Equal", constants_are_spread},
    Row{"Erf", always},
    Row{"Exp", always},
    Row{"Expand", expand},
    Row{"Flatten", always},  // its first axis has the samples still
    Row{"Gather", gather},
    Row{"Gelu", always},
    Row{"Gemm", gemm},
    Row{"GlobalAveragePool", always},
    Row{"GlobalMaxPool", always},
    Row{"HardSigmoid", always},
    Row{"HardSwish", always},
    Row{"Identity", always},
    Row{"LeakyRelu", always},
    Row{"Log", always},
    Row{"MatMul", mat_mul},
    Row{"Max", constants_are_spread},
    Row{"MaxPool", always},
    Row{"Min", constants_are_spread},
    Row{"Mul", constants_are_spread},
    Row{"Neg", always},
    Row{"PRelu", constants_are_spread},
    Row{"Pad", pad},
    Row{"Pow", constants_are_spread},
    Row{"Reciprocal", always},
    Row{"Relu", always},
    Row{"Reshape", always},
    Row{"Resize", resize},
    Row{"Sigmoid", always},
    Row{"Slice", slice},
    Row{"Softmax", softmax},
    Row{"Sqrt", always},
    Row{"Squeeze", always},
    Row{"Sub", constants_are_spread},
    Row{"Tanh", always},
    Row{"Transpose", transpose},
    Row{"Unsqueeze", always},
    Row{"Upsample", resize},
};

bool has_samples(const Shape& shape, std::int64_t samples) {
  return !shape.empty() && shape[0] == samples;
}

}  // namespace

bool keeps_samples_apart(const Binding& binding, std::int64_t samples) {
  if (!binding.node.domain.empty() || !has_samples(binding.outputs[0], samples)) return false;
  for (std::size_t i = 0; i < binding.inputs.size(); ++i) {
    const bool given = i >= binding.node.inputs.size() || !binding.node.inputs[i].empty();
    if (given && !binding.is_constant(i) && !has_samples(binding.inputs[i], samples)) return false;
  }
  const auto* row = std::ranges::find(kRows, binding.node.op_type, &Row::op_type);
  return row != kRows.end() && row->apart(binding);
}

bool is_spatial(const Binding& binding) {
  const Shape& in = binding.inputs[0];
  const std::string& op = binding.node.op_type;
  return in.size() == 4 && in[2] * in[3] > 1 && (op == "Conv" || op.ends_with("Pool"));
}

std::vector<Segment> split_into_segments(const std::vector<Draft>& steps, std::int64_t samples) {
  std::vector<Segment> segments;
  const auto once = [&](std::size_t begin, std::size_t end) {
    if (begin == end) return;
    if (!segments.empty() && segments.back().samples == 1) {
      segments.back().end = end;
    } else {
      segments.push_back({.begin = begin, .end = end});
    }
  };
  for (std::size_t i = 0; i < steps.size();) {
    std::size_t begin = steps.size();  // of what is spatial in this run
    std::size_t end = i;
    std::size_t j = i;
    for (; samples > 1 && j < steps.size() && keeps_samples_apart(steps[j].binding, samples); ++j) {
      if (!is_spatial(steps[j].binding)) continue;
      begin = std::min(begin, j);
      end = j + 1;
    }
    if (begin < end) {
      once(i, begin);
      segments.push_back({.begin = begin, .end = end, .samples = samples});
      once(end, j);
    } else {
      once(i, j);
    }
    if (j == i || j < steps.size()) {
      once(j, j + 1);
      ++j;
    }
    i = j;
  }
  return segments;
}

}  // namespace gcompress::engine

// Sliding windows of convolution and pooling.
#include "gcompress/core/graph/operators/windows.h"

#include <algorithm>

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {
namespace {

// No sound window is larger; keeps every product and sum below within 64 bits.
constexpr std::int64_t kLargest = std::int64_t{1} << 24;

void check_list(const Node& node, const char* name, const std::vector<std::int64_t>& values,
                std::size_t count, std::int64_t least) {
  const bool in_range = std::all_of(values.begin(), values.end(), [&](std::int64_t value) {
    return value >= least && value <= kLargest;
  });
  if (values.size() != count || !in_range) {
    throw_input("the attribute '" + std::string(name) + "' of " + node.op_type + " is " +
                    to_string(values) + "; it needs " + std::to_string(count) +
                    " numbers of at least " + std::to_string(least),
                place_of(node));
  }
}

AutoPad auto_pad_of(const Node& node) {
  const std::string text = attribute_string(node, "auto_pad", "NOTSET");
  if (text == "NOTSET" || text.empty()) return AutoPad::kNotSet;
  if (text == "SAME_UPPER") return AutoPad::kSameUpper;
  if (text == "SAME_LOWER") return AutoPad::kSameLower;
  if (text == "VALID") return AutoPad::kValid;
  throw_input("the auto_pad '" + text + "' of " + node.op_type + " is unknown", place_of(node));
}

std::int64_t dilated_kernel(const Window& window, std::size_t axis) {
  return (window.kernel[axis] - 1) * window.dilations[axis] + 1;
}

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

Window window_of(const Node& node, const std::vector<std::int64_t>& kernel) {
  Window window;
  window.kernel = attribute_ints(node, "kernel_shape", kernel);
  if (!kernel.empty() && window.kernel != kernel) {
    throw_input("the kernel_shape " + to_string(window.kernel) + " of " + node.op_type +
                    " is not that of its weight, " + to_string(kernel),
                place_of(node));
  }
  const std::size_t axes = window.kernel.size();
  window.strides = attribute_ints(node, "strides", std::vector<std::int64_t>(axes, 1));
  window.dilations = attribute_ints(node, "dilations", std::vector<std::int64_t>(axes, 1));
  window.pads = attribute_ints(node, "pads", std::vector<std::int64_t>(2 * axes, 0));
  window.auto_pad = auto_pad_of(node);
  window.ceil_mode = attribute_int(node, "ceil_mode", 0) != 0;
  check_list(node, "kernel_shape", window.kernel, axes, 1);
  check_list(node, "strides", window.strides, axes, 1);
  check_list(node, "dilations", window.dilations, axes, 1);
  check_list(node, "pads", window.pads, 2 * axes, -kLargest);
  return window;
}

std::vector<std::int64_t> resolve_pads(const Window& window,
                                       const std::vector<std::int64_t>& spatial) {
  if (window.auto_pad == AutoPad::kNotSet) return window.pads;
  const std::size_t axes = window.axes();
  std::vector<std::int64_t> pads(2 * axes, 0);
  if (window.auto_pad == AutoPad::kValid) return pads;
  GCOMPRESS_CHECK(spatial.size() == axes);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t outputs = ceil_divide(spatial[axis], window.strides[axis]);
    const std::int64_t total = std::max<std::int64_t>(
        0, (outputs - 1) * window.strides[axis] + dilated_kernel(window, axis) - spatial[axis]);
    const std::int64_t smaller = total / 2;
    const bool upper = window.auto_pad == AutoPad::kSameUpper;
    pads[axis] = upper ? smaller : total - smaller;
    pads[axis + axes] = upper ? total - smaller : smaller;
  }
  return pads;
}

std::int64_t window_output_size(const Node& node, const Window& window, std::size_t axis,
                                std::int64_t input_size) {
  const std::int64_t stride = window.strides[axis];
  const bool same =
      window.auto_pad == AutoPad::kSameUpper || window.auto_pad == AutoPad::kSameLower;
  if (same) return ceil_divide(input_size, stride);
  const bool valid = window.auto_pad == AutoPad::kValid;
  const std::int64_t begin = valid ? 0 : window.pads[axis];
  const std::int64_t end = valid ? 0 : window.pads[axis + window.axes()];
  const std::int64_t room = input_size + begin + end - dilated_kernel(window, axis);
  if (room < 0) {
    throw_input(
        "the window of " + node.op_type + " needs " + std::to_string(dilated_kernel(window, axis)) +
            " elements along axis " + std::to_string(axis + 2) + " but the padded input has " +
            std::to_string(input_size + begin + end),
        place_of(node, node.inputs.empty() ? "" : node.inputs.front()), "give a larger input");
  }
  std::int64_t outputs = (window.ceil_mode ? ceil_divide(room, stride) : room / stride) + 1;
  if (window.ceil_mode && (outputs - 1) * stride >= input_size + begin) --outputs;
  return outputs;
}

}  // namespace gcompress::graph

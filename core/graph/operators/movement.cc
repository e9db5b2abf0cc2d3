// Parameters of operators that move elements.
#include "gcompress/core/graph/operators/movement.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace gcompress::graph {

IntList squeeze_axes(const Node& node, std::int64_t opset, const ConstantLookup& constant) {
  return int_list(node, opset, {"axes", 1, 13}, constant);
}

IntList unsqueeze_axes(const Node& node, std::int64_t opset, const ConstantLookup& constant) {
  IntList axes = int_list(node, opset, {"axes", 1, 13}, constant);
  if (!axes.given) throw_input("Unsqueeze has no axes", place_of(node));
  return axes;
}

ReshapeTarget reshape_target(const Node& node, std::int64_t opset, const ConstantLookup& constant) {
  return {.shape = int_list(node, opset, {"shape", 1, 5}, constant),
          .zero_is_zero = attribute_int(node, "allowzero", 0) != 0};
}

Shape reshaped_shape(const Node& node, const ReshapeTarget& target, const Shape& input) {
  Shape shape = target.shape.values;
  std::ptrdiff_t open = -1;
  std::int64_t known = 1;
  const auto fail = [&] {
    throw_input("an input of shape " + to_string(input) + " cannot be reshaped to " +
                    to_string(target.shape.values),
                place_of(node, node.outputs.empty() ? "" : node.outputs.front()));
  };
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !target.zero_is_zero) {
      if (i >= input.size()) fail();
      shape[i] = input[i];
    }
    if (shape[i] == -1 && open < 0) {
      open = static_cast<std::ptrdiff_t>(i);
    } else if (shape[i] < 0 || __builtin_mul_overflow(known, shape[i], &known)) {
      fail();
    }
  }
  const std::int64_t count = element_count(input);
  if (open >= 0) {
    if (known == 0 ? count != 0 : count % known != 0) fail();
    shape[static_cast<std::size_t>(open)] = known == 0 ? 0 : count / known;
  } else if (known != count) {
    fail();
  }
  return shape;
}

std::vector<std::int64_t> transpose_permutation(const Node& node, std::int64_t rank) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rank));
  std::iota(order.rbegin(), order.rend(), 0);
  std::vector<std::int64_t> permutation = attribute_ints(node, "perm", order);
  if (!std::is_permutation(order.begin(), order.end(), permutation.begin(), permutation.end())) {
    throw_input("the perm " + to_string(permutation) + " of Transpose does not order " +
                    std::to_string(rank) + " axes",
                place_of(node));
  }
  return permutation;
}

std::int64_t flatten_axis(const Node& node, std::int64_t rank) {
  const std::int64_t axis = attribute_int(node, "axis", 1);
  return axis == rank ? rank : normalized_axis(node, axis, rank);
}

SliceParameters slice_parameters(const Node& node, std::int64_t opset,
                                 const ConstantLookup& constant) {
  SliceParameters slice{.starts = int_list(node, opset, {"starts", 1, 10}, constant),
                        .ends = int_list(node, opset, {"ends", 2, 10}, constant),
                        .axes = int_list(node, opset, {"axes", 3, 10}, constant),
                        .steps = int_list(node, opset, {"steps", 4, 10}, constant)};
  if (!slice.starts.known || !slice.ends.known) return slice;
  const std::size_t count = slice.starts.values.size();
  if (!slice.axes.given) {
    slice.axes.values.resize(count);
    std::iota(slice.axes.values.begin(), slice.axes.values.end(), 0);
  }
  if (!slice.steps.given) slice.steps.values.assign(count, 1);
  if (slice.ends.values.size() != count ||
      (slice.axes.known && slice.axes.values.size() != count) ||
      (slice.steps.known && slice.steps.values.size() != count)) {
    throw_input("starts, ends, axes and steps of Slice differ in number", place_of(node));
  }
  return slice;
}

SliceRange slice_range(const Node& node, std::int64_t start, std::int64_t end, std::int64_t step,
                       std::int64_t size) {
  if (step == 0) throw_input("a step of Slice is 0", place_of(node));
  const auto clamp = [&](std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < 0 && value >= -size) value += size;
    return std::clamp(value, low, high);
  };
  SliceRange range{.start = 0, .step = step, .count = 0};
  if (size == 0) return range;
  if (step > 0) {
    range.start = clamp(start, 0, size);
    const std::int64_t stop = clamp(end, 0, size);
    if (stop > range.start) range.count = (stop - range.start - 1) / step + 1;
  } else {
    range.start = clamp(start, 0, size - 1);
    // Below -size means before the first element.
    const std::int64_t stop = end < -size ? -1 : clamp(end, -1, size - 1);
    // The step may be the smallest integer, which has no negative.
    if (stop < range.start) range.count = -((range.start - stop - 1) / step) + 1;
  }
  return range;
}

SplitParameters split_parameters(const Node& node, std::int64_t opset,
                                 const ConstantLookup& constant) {
  return {.axis = attribute_int(node, "axis", 0),
          .sizes = int_list(node, opset, {"split", 1, 13}, constant)};
}

std::vector<std::int64_t> split_sizes(const Node& node, const SplitParameters& parameters,
                                      std::int64_t size) {
  if (parameters.sizes.given) {
    std::int64_t total = 0;
    for (const std::int64_t part : parameters.sizes.values) {
      if (part < 0 || __builtin_add_overflow(total, part, &total)) total = -1;
      if (total < 0) break;
    }
    if (total != size || parameters.sizes.values.size() != node.outputs.size()) {
      throw_input("Split makes parts of " + to_string(parameters.sizes.values) + " out of " +
                      std::to_string(size) + " elements for " +
                      std::to_string(node.outputs.size()) + " outputs",
                  place_of(node));
    }
    return parameters.sizes.values;
  }
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  if (parts == 0) throw_input("Split has no outputs", place_of(node));
  const std::int64_t each = size / parts + (size % parts != 0 ? 1 : 0);
  std::vector<std::int64_t> sizes;
  for (std::int64_t left = size, i = 0; i < parts; ++i) {
    sizes.push_back(std::min(each, left));
    left -= sizes.back();
  }
  return sizes;
}

PadParameters pad_parameters(const Node& node, std::int64_t opset, const ConstantLookup& constant) {
  const char* pads = opset < 2 ? "paddings" : "pads";
  PadParameters parameters{.mode = PadMode::kConstant,
                           .pads = int_list(node, opset, {pads, 1, 11}, constant),
                           .axes = {},
                           .value = float_parameter(node, opset, {"value", 2, 11}, constant)};
  if (opset >= 18) parameters.axes = int_list(node, opset, {"axes", 3, 18}, constant);
  const std::string mode = attribute_string(node, "mode", "constant");
  if (mode == "reflect") {
    parameters.mode = PadMode::kReflect;
  } else if (mode == "edge") {
    parameters.mode = PadMode::kEdge;
  } else if (mode == "wrap") {
    parameters.mode = PadMode::kWrap;
  } else if (mode != "constant") {
    throw_input("the mode '" + mode + "' of Pad is unknown", place_of(node));
  }
  return parameters;
}

std::vector<std::int64_t> pads_of_all_axes(const Node& node, const PadParameters& parameters,
                                           std::int64_t rank) {
  std::vector<std::int64_t> axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  if (parameters.axes.given) axes = normalized_axes(node, parameters.axes.values, rank);
  const std::vector<std::int64_t>& pads = parameters.pads.values;
  if (pads.size() != 2 * axes.size()) {
    throw_input("Pad has " + std::to_string(pads.size()) + " numbers for " +
                    std::to_string(axes.size()) + " axes; it needs two for each",
                place_of(node));
  }
  std::vector<std::int64_t> all(static_cast<std::size_t>(2 * rank), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    all[static_cast<std::size_t>(axes[i])] = pads[i];
    all[static_cast<std::size_t>(axes[i] + rank)] = pads[i + axes.size()];
  }
  return all;
}

std::int64_t padded_source(std::int64_t place, std::int64_t size, PadMode mode) {
  if (place >= 0 && place < size) return place;
  switch (mode) {
    case PadMode::kWrap:
      return (place % size + size) % size;
    case PadMode::kEdge:
      return std::clamp<std::int64_t>(place, 0, size - 1);
    case PadMode::kReflect: {
      const std::int64_t period = std::max<std::int64_t>(1, 2 * (size - 1));
      const std::int64_t folded = (place % period + period) % period;
      return folded < size ? folded : period - folded;
    }
    case PadMode::kConstant:
      return -1;
  }
  return -1;
}

DataType cast_type(const Node& node) {
  const Attribute* to = node.attribute("to");
  if (to == nullptr) throw_input("Cast has no attribute 'to'", place_of(node));
  if (const auto* number = std::get_if<std::int64_t>(&to->data)) {
    if (*number <= 0 || *number > static_cast<std::int64_t>(DataType::kInt2)) {
      throw_input("Cast to the unknown type " + std::to_string(*number), place_of(node));
    }
    return static_cast<DataType>(*number);
  }
  static constexpr std::array<std::pair<const char*, DataType>, 14> kNames = {{
      {"FLOAT", DataType::kFloat32},
      {"UINT8", DataType::kUint8},
      {"INT8", DataType::kInt8},
      {"UINT16", DataType::kUint16},
      {"INT16", DataType::kInt16},
      {"INT32", DataType::kInt32},
      {"INT64", DataType::kInt64},
      {"STRING", DataType::kString},
      {"BOOL", DataType::kBool},
      {"FLOAT16", DataType::kFloat16},
      {"DOUBLE", DataType::kFloat64},
      {"UINT32", DataType::kUint32},
      {"UINT64", DataType::kUint64},
      {"BFLOAT16", DataType::kBfloat16},
  }};
  const std::string name = attribute_string(node, "to", "");
  for (const auto& [known, dtype] : kNames) {
    if (name == known) return dtype;
  }
  throw_input("Cast to the unknown type '" + name + "'", place_of(node));
}

}  // namespace gcompress::graph

// Parameters that are attributes or inputs by opset, and axes.
#include "gcompress/core/graph/operators/parameters.h"

#include <algorithm>

namespace gcompress::graph {

ErrorPlace place_of(const Node& node, const std::string& value) {
  return {.file = {}, .node = label_of(node), .value = value};
}

bool has_input(const Node& node, std::size_t input) {
  return input < node.inputs.size() && !node.inputs[input].empty();
}

const Tensor* constant_input(const Node& node, std::size_t input, const ConstantLookup& constant) {
  return has_input(node, input) && constant ? constant(node.inputs[input]) : nullptr;
}

IntList int_list(const Node& node, std::int64_t opset, const ParameterSource& source,
                 const ConstantLookup& constant) {
  IntList list;
  if (opset < source.input_since) {
    list.given = node.attribute(source.attribute) != nullptr;
    list.values = attribute_ints(node, source.attribute, {});
    return list;
  }
  list.given = has_input(node, source.input);
  if (!list.given) return list;
  const Tensor* tensor = constant_input(node, source.input, constant);
  list.known = tensor != nullptr;
  if (!list.known) return list;
  const std::string& value = node.inputs[source.input];
  if (tensor->rank() > 1) {
    throw_input("the " + std::string(source.attribute) + " of " + node.op_type +
                    " have the shape " + to_string(tensor->shape()) + ", not one dimension",
                place_of(node, value));
  }
  if (is_floating(tensor->dtype()) || tensor->dtype() == DataType::kString) {
    throw_input("the " + std::string(source.attribute) + " of " + node.op_type + " are of type " +
                    name_of(tensor->dtype()) + ", not integers",
                place_of(node, value));
  }
  list.values = to_int64(*tensor);
  return list;
}

FloatParameter float_parameter(const Node& node, std::int64_t opset, const ParameterSource& source,
                               const ConstantLookup& constant) {
  FloatParameter parameter;
  if (opset < source.input_since) {
    parameter.given = node.attribute(source.attribute) != nullptr;
    parameter.value = attribute_float(node, source.attribute, 0);
    return parameter;
  }
  parameter.given = has_input(node, source.input);
  if (!parameter.given) return parameter;
  const Tensor* tensor = constant_input(node, source.input, constant);
  parameter.known = tensor != nullptr;
  if (!parameter.known) return parameter;
  if (tensor->size() != 1 || tensor->dtype() == DataType::kString) {
    throw_input("the " + std::string(source.attribute) + " of " + node.op_type +
                    " is no single number but has the shape " + to_string(tensor->shape()),
                place_of(node, node.inputs[source.input]));
  }
  parameter.value = is_floating(tensor->dtype()) ? to_float32(*tensor).front()
                                                 : static_cast<float>(to_int64(*tensor).front());
  return parameter;
}

std::int64_t normalized_axis(const Node& node, std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank) {
    throw_input("the axis " + std::to_string(axis) + " of " + node.op_type +
                    " lies outside the rank " + std::to_string(rank),
                place_of(node));
  }
  return axis < 0 ? axis + rank : axis;
}

std::vector<std::int64_t> normalized_axes(const Node& node, const std::vector<std::int64_t>& axes,
                                          std::int64_t rank) {
  std::vector<std::int64_t> result;
  result.reserve(axes.size());
  for (const std::int64_t axis : axes) result.push_back(normalized_axis(node, axis, rank));
  std::vector<std::int64_t> sorted = result;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw_input("an axis of " + node.op_type + " is named twice: " + to_string(axes),
                place_of(node));
  }
  return result;
}

}  // namespace gcompress::graph

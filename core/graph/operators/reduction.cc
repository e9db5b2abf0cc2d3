// Attributes of reductions.
#include "gcompress/core/graph/operators/reduction.h"

#include <algorithm>

namespace gcompress::graph {

ReduceAttributes reduce_attributes(const Node& node, std::int64_t opset,
                                   const ConstantLookup& constant) {
  const std::int64_t since = node.op_type == "ReduceSum" ? 13 : 18;
  return {.axes = int_list(node, opset, {"axes", 1, since}, constant),
          .keepdims = attribute_int(node, "keepdims", 1) != 0,
          .identity_if_no_axes = attribute_int(node, "noop_with_empty_axes", 0) != 0};
}

std::vector<std::int64_t> reduced_axes(const Node& node, const ReduceAttributes& attributes,
                                       std::int64_t rank) {
  if (attributes.reduces_all()) {
    std::vector<std::int64_t> all;
    for (std::int64_t axis = 0; axis < rank; ++axis) all.push_back(axis);
    return all;
  }
  std::vector<std::int64_t> axes = normalized_axes(node, attributes.axes.values, rank);
  std::sort(axes.begin(), axes.end());
  return axes;
}

ArgAttributes arg_attributes(const Node& node) {
  return {.axis = attribute_int(node, "axis", 0),
          .keepdims = attribute_int(node, "keepdims", 1) != 0,
          .last_index = attribute_int(node, "select_last_index", 0) != 0};
}

TopKAttributes top_k_attributes(const Node& node, std::int64_t opset,
                                const ConstantLookup& constant) {
  TopKAttributes attributes;
  if (opset < 10) {
    attributes.k = {.given = true, .known = true, .values = {attribute_int(node, "k", 1)}};
  } else {
    attributes.k = int_list(node, opset, {"k", 1, 10}, constant);
    if (attributes.k.known && attributes.k.values.size() != 1) {
      throw_input("TopK needs one number k", place_of(node));
    }
  }
  attributes.axis = attribute_int(node, "axis", -1);
  attributes.largest = attribute_int(node, "largest", 1) != 0;
  attributes.sorted = attribute_int(node, "sorted", 1) != 0;
  return attributes;
}

}  // namespace gcompress::graph

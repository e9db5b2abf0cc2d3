// Attributes of the Reduce family, ArgMax, ArgMin and TopK.
#pragma once

#include <cstdint>

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

struct ReduceAttributes {
  IntList axes;  // as written; may count from the end
  bool keepdims = true;
  bool identity_if_no_axes = false;  // noop_with_empty_axes

  // True if no axes are given and that means all of them.
  bool reduces_all() const { return axes.known && axes.values.empty() && !identity_if_no_axes; }
};

// Axes are an input of ReduceSum since opset 13, of the others since 18.
ReduceAttributes reduce_attributes(const Node& node, std::int64_t opset,
                                   const ConstantLookup& constant);

// The axes reduced for an input of this rank, from the front, in rising order.
std::vector<std::int64_t> reduced_axes(const Node& node, const ReduceAttributes& attributes,
                                       std::int64_t rank);

struct ArgAttributes {
  std::int64_t axis = 0;
  bool keepdims = true;
  bool last_index = false;
};
ArgAttributes arg_attributes(const Node& node);  // ArgMax, ArgMin

struct TopKAttributes {
  IntList k;  // one value where known
  std::int64_t axis = -1;
  bool largest = true;
  bool sorted = true;
};
TopKAttributes top_k_attributes(const Node& node, std::int64_t opset,
                                const ConstantLookup& constant);

}  // namespace gcompress::graph

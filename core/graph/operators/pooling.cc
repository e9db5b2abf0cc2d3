// Attributes of pooling.
#include "gcompress/core/graph/operators/pooling.h"

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

PoolAttributes pool_attributes(const Node& node) {
  if (node.attribute("kernel_shape") == nullptr) {
    throw_input(node.op_type + " has no kernel_shape", place_of(node));
  }
  return {.window = window_of(node, {}),
          .count_include_pad = attribute_int(node, "count_include_pad", 0) != 0,
          .column_major = attribute_int(node, "storage_order", 0) != 0,
          .p = attribute_int(node, "p", 2)};
}

}  // namespace gcompress::graph

// Attributes of Gemm.
#include "gcompress/core/graph/operators/linear.h"

namespace gcompress::graph {

GemmAttributes gemm_attributes(const Node& node) {
  return {.alpha = attribute_float(node, "alpha", 1),
          .beta = attribute_float(node, "beta", 1),
          .transpose_a = attribute_int(node, "transA", 0) != 0,
          .transpose_b = attribute_int(node, "transB", 0) != 0};
}

}  // namespace gcompress::graph

// Attributes of Gemm.
#pragma once

#include <cstdint>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// Y = alpha op(A) op(B) + beta C, C broadcast to Y.
struct GemmAttributes {
  float alpha = 1;
  float beta = 1;
  bool transpose_a = false;
  bool transpose_b = false;
};

GemmAttributes gemm_attributes(const Node& node);

}  // namespace gcompress::graph

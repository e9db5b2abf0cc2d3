// Looking operators up.
#include "gcompress/core/engine/cuda/operators/operator.h"

#include <array>

namespace gcompress::engine::gpu {

const Row* find_row(const graph::Node& node) {
  if (!node.domain.empty()) return nullptr;
  const std::array families = {convolution_rows(), linear_rows(),   pool_rows(),
                               elementwise_rows(), movement_rows(), normalization_rows()};
  for (const std::span<const Row> rows : families) {
    for (const Row& row : rows) {
      if (node.op_type == row.op_type) return &row;
    }
  }
  return nullptr;
}

std::vector<int> steps_of(const Shape& shape) {
  std::vector<int> steps(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) steps[i - 1] = steps[i] * to_int(shape[i]);
  return steps;
}

}  // namespace gcompress::engine::gpu

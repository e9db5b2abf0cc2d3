// Looking operators up.
#include "gcompress/core/engine/operators/operator.h"

#include <array>

#include "gcompress/core/graph/topology.h"

namespace gcompress::engine {

graph::ConstantLookup Binding::lookup() const {
  return [this](const std::string& value) -> const Tensor* {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == value && is_constant(i)) return &constants[i];
    }
    return nullptr;
  };
}

std::vector<float> Binding::floats(std::size_t input) const {
  const Tensor& tensor = constants[input];
  if (is_floating(tensor.dtype())) return to_float32(tensor);
  const std::vector<std::int64_t> integers = to_int64(tensor);
  return {integers.begin(), integers.end()};
}

void Binding::unsupported(const std::string& what) const {
  throw Error(ErrorKind::kUnsupported, node.op_type + " with " + what,
              {.file = {}, .node = graph::label_of(node), .value = {}});
}

const OperatorRow* find_operator(const graph::Node& node) {
  if (!node.domain.empty()) return nullptr;
  const std::array families = {
      convolution_rows(),   linear_rows(),       pool_rows(),       elementwise_rows(),
      arithmetic_rows(),    comparison_rows(),   conversion_rows(), movement_rows(),
      normalization_rows(), reduction_rows(),    resize_rows(),     transposed_convolution_rows(),
      quantized_rows(),     rearrangement_rows()};
  for (const std::span<const OperatorRow> rows : families) {
    for (const OperatorRow& row : rows) {
      if (node.op_type == row.op_type) return &row;
    }
  }
  return nullptr;
}

}  // namespace gcompress::engine

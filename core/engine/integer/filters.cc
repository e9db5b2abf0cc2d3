// Reading stored weights.
#include "gcompress/core/engine/integer/filters.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/graph/operators/convolution.h"

namespace gcompress::engine::integer {
namespace {

// `axis`: of the weight's outputs.
void check_weight(const Binding& binding, std::int64_t axis) {
  if (!binding.step.weight || binding.step.weight->values.dtype() != DataType::kInt8 ||
      binding.inputs.size() != 1) {
    binding.unsupported("a weight that is not stored as int8");
  }
  const graph::StoredIntegers& weight = *binding.step.weight;
  if (weight.axis >= 0 && weight.axis != axis) binding.unsupported("scales of input channels");
  if (!binding.step.bias) return;
  if (binding.step.bias->values.dtype() != DataType::kInt32) {
    binding.unsupported("a bias that is not stored as int32");
  }
  // The bias joins the sums: it must have their scale.
  const std::vector<float>& scales = binding.step.bias->scales;
  for (std::size_t i = 0; i < std::max(scales.size(), weight.scales.size()); ++i) {
    const float have = scales[scales.size() == 1 ? 0 : i];
    const float want =
        binding.inputs[0].type.scale * weight.scales[weight.scales.size() == 1 ? 0 : i];
    if (std::abs(have - want) > 1e-5F * want) binding.unsupported("a bias of another scale");
  }
}

}  // namespace

Filters conv_filters(const Binding& binding) {
  check_weight(binding, 0);
  const CodeValue& in = binding.inputs[0];
  const Tensor& weight = binding.step.weight->values;
  if (weight.rank() != 4) binding.unsupported("other than two spatial axes");
  const Shape& kernel = weight.shape();
  const graph::ConvAttributes attributes =
      graph::conv_attributes(binding.node, {kernel[2], kernel[3]});
  const graph::Window& window = attributes.window;
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, {in.height, in.width});
  const auto values = weight.as<std::int8_t>();
  return {.values = {values.begin(), values.end()},
          .filters = kernel[0],
          .channels = kernel[1],
          .height = kernel[2],
          .width = kernel[3],
          .groups = attributes.group,
          .stride_y = window.strides[0],
          .stride_x = window.strides[1],
          .dilation_y = window.dilations[0],
          .dilation_x = window.dilations[1],
          .pad_y = pads[0],
          .pad_x = pads[1]};
}

Filters matrix_filters(const Binding& binding, bool transposed) {
  check_weight(binding, transposed ? 0 : 1);
  const Tensor& weight = binding.step.weight->values;
  if (weight.rank() != 2 || binding.in_shapes[0].size() != 1) {
    binding.unsupported("other than matrices");
  }
  const std::int64_t outputs = weight.shape()[transposed ? 0 : 1];
  const std::int64_t inputs = weight.shape()[transposed ? 1 : 0];
  Filters filters{.filters = outputs, .channels = inputs};
  const auto values = weight.as<std::int8_t>();
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      const std::int64_t at = transposed ? o * inputs + i : i * outputs + o;
      filters.values.push_back(values[static_cast<std::size_t>(at)]);
    }
  }
  return filters;
}

}  // namespace gcompress::engine::integer

// Conv: which kernel a layer gets.
#include "gcompress/core/engine/operators/depthwise.h"
#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/engine/operators/row_convolution.h"

namespace gcompress::engine {
namespace {

Kernel conv(const Binding& binding) {
  if (binding.inputs[0].size() != 4) binding.unsupported("other than two spatial axes");
  if (!binding.is_constant(1)) binding.unsupported("a filter that is not constant");
  if (binding.inputs.size() > 2 && !binding.node.inputs[2].empty() && !binding.is_constant(2)) {
    binding.unsupported("a bias that is not constant");
  }
  const Shape& kernel = binding.constants[1].shape();
  const graph::ConvAttributes attributes =
      graph::conv_attributes(binding.node, {kernel[2], kernel[3]});
  if (Kernel depthwise = depthwise_conv(binding, attributes); depthwise.run) return depthwise;
  return row_conv(binding, attributes);
}

constexpr OperatorRow kRows[] = {
    {.op_type = "Conv", .make = conv, .planes = Planes::kBoth, .takes_fused = true}};

}  // namespace

std::span<const OperatorRow> convolution_rows() { return kRows; }

}  // namespace gcompress::engine

// New constants under new names: the old ones may have other readers.
#include "gcompress/quantize/adjust.h"

#include "gcompress/core/graph/constants.h"
#include "gcompress/quantize/constant_writer.h"
#include "gcompress/quantize/layers.h"

namespace gcompress::quantize {
namespace {

constexpr std::size_t kBiasInput = 2;  // of Conv and Gemm

Tensor bias_with(const Tensor& present, const std::vector<float>& added) {
  std::vector<float> values =
      present.defined() ? to_float32(present) : std::vector<float>(added.size(), 0.0F);
  GCOMPRESS_CHECK(values.size() == added.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += added[i];
  const auto size = static_cast<std::int64_t>(values.size());
  return Tensor::from<float>({size}, std::move(values));
}

}  // namespace

graph::Network adjusted(const graph::Network& prepared, const Adjustments& adjustments,
                        const KeepFloat& keep_float) {
  graph::Network result = prepared;
  const graph::ValueScope constants(prepared.graph, {});
  ConstantWriter writer(result);
  for (graph::Node& node : result.graph.nodes) {
    if (node.outputs.empty() || keep_float.contains(node.outputs.front())) continue;
    const auto found = adjustments.find(node.outputs.front());
    if (found == adjustments.end()) continue;
    const LayerCheck check = check_layer(node, constants);
    if (!check.layer || !check.layer->weight) continue;
    const auto& [weight, bias_added] = found->second;
    if (weight.defined()) writer.replace(node, *check.layer->weight, ".adjusted", weight);
    if (bias_added.empty()) continue;
    const Tensor present =
        check.layer->bias ? constants.constant(node.inputs[*check.layer->bias]) : Tensor();
    writer.replace(node, kBiasInput, ".bias", bias_with(present, bias_added));
  }
  writer.finish();
  return result;
}

}  // namespace gcompress::quantize

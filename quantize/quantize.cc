// From ranges to a quantized network.
#include "gcompress/quantize/quantize.h"

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/qdq/pattern.h"
#include "gcompress/quantize/layer_constants.h"
#include "gcompress/quantize/layers.h"
#include "gcompress/quantize/prepare.h"

namespace gcompress::quantize {
namespace {

// Weight and bias of a layer, whose scales belong together.
void store_constants(const graph::ValueScope& constants, std::size_t index,
                     const IntegerLayer& layer, float input_scale, const QuantizeOptions& options,
                     graph::QdqWriter& writer) {
  if (!layer.weight) return;
  const graph::QuantizedWeight weight =
      weight_of(constants, index, layer, input_scale, weight_levels(options));
  if (options.floating_weights) {
    writer.round_weight(index, *layer.weight, weight.scales, layer.axis);
    return;
  }
  writer.quantize_weight(index, *layer.weight, weight, layer.axis);
  if (!layer.bias) return;
  std::vector<float> scales;
  scales.reserve(weight.scales.size());
  for (const float scale : weight.scales) scales.push_back(input_scale * scale);
  writer.quantize_bias(index, *layer.bias,
                       graph::quantize_bias(bias_of(constants, index, layer), scales), scales);
}

}  // namespace

graph::ActivationQuantization quantization_of(const Plan& plan, const Ranges& ranges,
                                              const std::string& value,
                                              graph::ActivationType type) {
  const Range& range = ranges.at(plan.pairs.at(value));
  return graph::quantization_of_range(range.low, range.high, type);
}

int weight_levels(const QuantizeOptions& options) {
  return options.reduced_range ? graph::kReducedWeightLevels : graph::kWeightLevels;
}

std::vector<float> bias_of(const graph::ValueScope& constants, std::size_t node,
                           const IntegerLayer& layer) {
  if (!layer.bias) return {};
  return to_float32(constants.constant(constants.graph().nodes[node].inputs[*layer.bias]));
}

graph::QuantizedWeight weight_of(const graph::ValueScope& constants, std::size_t node,
                                 const IntegerLayer& layer, float input_scale, int levels) {
  const Tensor weight = constants.constant(constants.graph().nodes[node].inputs[*layer.weight]);
  const std::vector<float> least =
      graph::least_weight_scales(bias_of(constants, node, layer), input_scale);
  return graph::quantize_weight(weight, layer.axis, levels, least);
}

Quantized quantize(const graph::Network& network, const Ranges& ranges,
                   const QuantizeOptions& options) {
  const graph::Network ready = prepared(network);
  Plan plan = make_plan(
      ready, [&ranges](const std::string& value) { return ranges.contains(value); },
      options.keep_float);
  graph::QdqWriter writer(ready);
  for (const auto& [value, origin] : plan.pairs) {
    writer.quantize_value(value, quantization_of(plan, ranges, value, options.activations));
  }
  const graph::ValueScope constants(ready.graph, {});
  for (const auto& [index, layer] : plan.layers) {
    const std::string& input = ready.graph.nodes[index].inputs[layer.activations.front()];
    const float scale = quantization_of(plan, ranges, input, options.activations).scale;
    store_constants(constants, index, layer, scale, options, writer);
  }
  return {.network = writer.finish(), .plan = std::move(plan)};
}

}  // namespace gcompress::quantize

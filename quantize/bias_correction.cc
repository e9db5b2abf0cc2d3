// Beside each layer its shadow: the same on rounded numbers, in float.
#include "gcompress/quantize/bias_correction.h"

#include <set>

#include "gcompress/core/graph/rewriting.h"
#include "gcompress/quantize/layer_constants.h"

namespace gcompress::quantize {
namespace {

struct Shadow {
  std::string output;  // of the layer
  std::string shadow;  // of its shadow
};

// The prepared network with shadows behind their layers.
struct Shadowed {
  graph::Network network;
  std::vector<Shadow> shadows;
};

class ShadowWriter {
 public:
  ShadowWriter(const graph::Network& prepared, const graph::Network& rounded, const Plan& plan,
               const Ranges& ranges, const QuantizeOptions& options)
      : plan_(plan),
        ranges_(ranges),
        options_(options),
        constants_(rounded.graph, {}),
        names_(prepared.graph),
        result_{.network = prepared, .shadows = {}} {
    result_.network.graph.nodes.clear();
  }

  Shadowed write(const graph::Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      result_.network.graph.nodes.push_back(graph.nodes[i]);
      const auto layer = plan_.layers.find(i);
      if (layer == plan_.layers.end() || !layer->second.weight) continue;
      if (graph.nodes[i].op_type != "MatMul") add_shadow(graph.nodes[i], i, layer->second);
    }
    return std::move(result_);
  }

 private:
  std::string constant(const std::string& name, Tensor value) {
    graph::Initializer initializer;
    initializer.name = names_.take(name);
    initializer.value = std::move(value);
    result_.network.graph.initializers.push_back(std::move(initializer));
    return result_.network.graph.initializers.back().name;
  }

  // The value behind a pair of its own.
  std::string rounded(const std::string& value, const graph::ActivationQuantization& q) {
    const auto found = rounded_.find(value);
    if (found != rounded_.end()) return found->second;
    const bool symmetric = q.type == graph::ActivationType::kInt8Symmetric;
    const std::string scale = constant(value + ".scale", Tensor::scalar(q.scale));
    const std::string zero = constant(
        value + ".zero", symmetric ? Tensor::scalar(std::int8_t{0}) : Tensor::scalar(q.zero_point));
    const std::string integers = names_.take(value + ".integers");
    const std::string result = names_.take(value + ".rounded");
    auto& nodes = result_.network.graph.nodes;
    nodes.push_back(graph::make_node("QuantizeLinear", integers, {value, scale, zero}, {integers}));
    nodes.push_back(
        graph::make_node("DequantizeLinear", result, {integers, scale, zero}, {result}));
    return rounded_[value] = result;
  }

  void add_shadow(const graph::Node& node, std::size_t index, const IntegerLayer& layer) {
    const std::string& input = node.inputs[layer.activations.front()];
    const graph::ActivationQuantization q =
        quantization_of(plan_, ranges_, input, options_.activations);
    const graph::QuantizedWeight weight =
        weight_of(constants_, index, layer, q.scale, weight_levels(options_));
    graph::Node shadow = node;
    shadow.outputs = {names_.take(node.outputs.front() + ".shadow")};
    shadow.name = names_.take(shadow.outputs.front() + ".node");
    shadow.inputs[layer.activations.front()] = rounded(input, q);
    shadow.inputs[*layer.weight] =
        constant(shadow.name + ".weight", graph::dequantized(weight, layer.axis));
    result_.shadows.push_back({node.outputs.front(), shadow.outputs.front()});
    result_.network.graph.nodes.push_back(std::move(shadow));
  }

  const Plan& plan_;
  const Ranges& ranges_;
  const QuantizeOptions& options_;
  graph::ValueScope constants_;
  graph::NewNames names_;
  std::map<std::string, std::string> rounded_;
  Shadowed result_;
};

struct Means {
  std::vector<double> sums;  // of shadow less layer, by channel (axis 1)
  std::int64_t count = 0;    // of each

  void add(const Tensor& layer, const Tensor& shadow) {
    const std::vector<float> a = to_float32(layer);
    const std::vector<float> b = to_float32(shadow);
    const auto channels = static_cast<std::size_t>(layer.shape()[1]);
    sums.resize(channels, 0.0);
    std::size_t inner = 1;
    for (std::size_t i = 2; i < layer.shape().size(); ++i) {
      inner *= static_cast<std::size_t>(layer.shape()[i]);
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      sums[i / inner % channels] += static_cast<double>(b[i]) - a[i];
    }
    count += layer.size() / layer.shape()[1];
  }
};

}  // namespace

Adjustments with_corrected_biases(const graph::Network& prepared, Adjustments adjustments,
                                  const Ranges& ranges, const QuantizeOptions& options,
                                  const Samples& samples) {
  const graph::Network rounded = adjusted(prepared, adjustments, options.keep_float);
  const Plan plan = make_plan(
      prepared, [&ranges](const std::string& value) { return ranges.contains(value); },
      options.keep_float);
  const Shadowed shadowed =
      ShadowWriter(prepared, rounded, plan, ranges, options).write(prepared.graph);
  std::set<std::string> wanted;
  for (const Shadow& shadow : shadowed.shadows) wanted.insert({shadow.output, shadow.shadow});
  if (wanted.empty()) return adjustments;
  std::map<std::string, Means> means;
  probe_together(shadowed.network, wanted, samples, "correct biases",
                 [&](const execute::Values& values) {
                   for (const Shadow& shadow : shadowed.shadows) {
                     means[shadow.output].add(values.at(shadow.output), values.at(shadow.shadow));
                   }
                 });
  for (const auto& [output, mean] : means) {
    std::vector<float>& added = adjustments[output].bias_added;
    added.clear();
    for (const double sum : mean.sums) {
      added.push_back(static_cast<float>(-sum / static_cast<double>(mean.count)));
    }
  }
  return adjustments;
}

}  // namespace gcompress::quantize

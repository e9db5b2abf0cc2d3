// Layers of the built-in networks.
#include "gcompress/core/networks/builder.h"

#include <cmath>
#include <utility>

#include "gcompress/core/base/random.h"

namespace gcompress::networks {
namespace {

using Ints = std::vector<std::int64_t>;

constexpr float kBatchNormEpsilon = 1e-5F;
constexpr float kBatchNormMomentum = 0.9F;

graph::Initializer make_initializer(std::string name, Tensor value) {
  return {.name = std::move(name),
          .value = std::move(value),
          .storage = graph::Storage::kRaw,
          .opaque = {}};
}

std::vector<float> filled(std::int64_t count, float value) {
  return std::vector<float>(static_cast<std::size_t>(count), value);
}

}  // namespace

graph::Dimension symbolic(const std::string& symbol) { return {.size = -1, .symbol = symbol}; }
graph::Dimension fixed(std::int64_t size) { return {.size = size, .symbol = {}}; }

Builder::Builder(std::string graph_name, std::uint64_t seed, std::int64_t opset,
                 std::int64_t ir_version)
    : seed_(seed) {
  network_.ir_version = ir_version;
  network_.opset_imports = {{.domain = "", .version = opset}};
  network_.producer_name = "gcompress";
  network_.graph.name = std::move(graph_name);
}

void Builder::add_input(const std::string& name, const std::vector<graph::Dimension>& shape) {
  network_.graph.inputs.push_back(
      {.name = name, .dtype = DataType::kFloat32, .shape = shape, .opaque = {}});
}

std::string Builder::add(const std::string& op_type, const std::string& name,
                         const std::vector<std::string>& inputs,
                         std::vector<graph::Attribute> attributes) {
  std::string output = name + "_out";
  network_.graph.nodes.push_back(
      graph::make_node(op_type, name, inputs, {output}, std::move(attributes)));
  return output;
}

std::string Builder::add_constant(const std::string& name, Tensor value) {
  network_.graph.initializers.push_back(make_initializer(name, std::move(value)));
  return name;
}

void Builder::add_normal(const std::string& name, const Shape& shape, float variance) {
  RandomStream random(seed_, "init:" + name);
  const float deviation = std::sqrt(variance);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = deviation * random.normal();
  add_constant(name, Tensor::from(shape, std::move(values)));
}

void Builder::add_uniform(const std::string& name, const Shape& shape, float bound) {
  RandomStream random(seed_, "init:" + name);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = bound * (2 * random.uniform() - 1);
  add_constant(name, Tensor::from(shape, std::move(values)));
}

std::string Builder::add_conv(const ConvLayer& layer, const std::string& input) {
  const std::int64_t group_inputs = layer.inputs / layer.group;
  const auto fan_in = static_cast<float>(group_inputs * layer.kernel * layer.kernel);
  const std::string weight = layer.name + ".weight";
  const std::string bias = layer.name + ".bias";
  add_normal(weight, {layer.outputs, group_inputs, layer.kernel, layer.kernel},
             layer.gain / fan_in);
  std::vector<std::string> inputs = {input, weight};
  if (layer.bias) {
    add_constant(bias, Tensor::from({layer.outputs}, filled(layer.outputs, 0)));
    inputs.push_back(bias);
  }
  return add(
      "Conv", layer.name, inputs,
      {graph::make_attribute("dilations", Ints{1, 1}), graph::make_attribute("group", layer.group),
       graph::make_attribute("kernel_shape", Ints{layer.kernel, layer.kernel}),
       graph::make_attribute("pads", Ints(4, layer.padding)),
       graph::make_attribute("strides", Ints{layer.stride, layer.stride})});
}

std::string Builder::add_batch_norm(const std::string& name, std::int64_t channels,
                                    const std::string& input) {
  const auto parameter = [&](const std::string& suffix, float value) {
    return add_constant(name + suffix, Tensor::from({channels}, filled(channels, value)));
  };
  const std::string scale = parameter(".weight", 1);
  const std::string shift = parameter(".bias", 0);
  const std::string mean = parameter(".running_mean", 0);
  const std::string variance = parameter(".running_var", 1);
  return add("BatchNormalization", name, {input, scale, shift, mean, variance},
             {graph::make_attribute("epsilon", kBatchNormEpsilon),
              graph::make_attribute("momentum", kBatchNormMomentum)});
}

std::string Builder::add_linear(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                                float gain, const std::string& input) {
  add_normal(name + ".weight", {outputs, inputs}, gain / static_cast<float>(inputs));
  add_constant(name + ".bias", Tensor::from({outputs}, filled(outputs, 0)));
  return add("Gemm", name, {input, name + ".weight", name + ".bias"},
             {graph::make_attribute("alpha", 1.0F), graph::make_attribute("beta", 1.0F),
              graph::make_attribute("transB", std::int64_t{1})});
}

std::string Builder::add_flatten(const std::string& name, const std::string& input) {
  return add("Flatten", name, {input}, {graph::make_attribute("axis", std::int64_t{1})});
}

graph::Network Builder::finish(const std::string& last, const std::string& output,
                               const std::vector<graph::Dimension>& shape) {
  for (graph::Node& node : network_.graph.nodes) {
    for (std::string& name : node.inputs) {
      if (name == last) name = output;
    }
    for (std::string& name : node.outputs) {
      if (name == last) name = output;
    }
  }
  network_.graph.outputs = {
      {.name = output, .dtype = DataType::kFloat32, .shape = shape, .opaque = {}}};
  return std::exchange(network_, {});
}

}  // namespace gcompress::networks

// Builds small networks with random weights for tests, one layer a line.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::testing {

class NetworkBuilder {
 public:
  NetworkBuilder(Shape input, std::uint64_t seed) : random_(seed, "test network") {
    network_.ir_version = 8;
    network_.opset_imports = {{"", 17}};
    network_.graph.name = "test";
    network_.graph.inputs.push_back(graph::make_value("x", DataType::kFloat32, input));
  }

  // A float initializer of normal values times `spread`, plus `mean`.
  std::string floats(const std::string& name, Shape shape, float spread = 1, float mean = 0) {
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values) value = mean + spread * random_.normal();
    return constant(name, Tensor::from<float>(std::move(shape), std::move(values)));
  }
  std::string ints(const std::string& name, std::vector<std::int64_t> values) {
    const auto size = static_cast<std::int64_t>(values.size());
    return constant(name, Tensor::from<std::int64_t>({size}, std::move(values)));
  }
  std::string constant(const std::string& name, Tensor value) {
    network_.graph.initializers.push_back({.name = name, .value = std::move(value), .opaque = {}});
    return name;
  }

  // Adds a node called like its output, which is returned.
  std::string node(const std::string& op_type, const std::string& output,
                   std::vector<std::string> inputs, std::vector<graph::Attribute> attributes = {}) {
    network_.graph.nodes.push_back(
        graph::make_node(op_type, output, std::move(inputs), {output}, std::move(attributes)));
    return output;
  }

  std::string conv(const std::string& output, const std::string& input, Shape kernel, bool bias,
                   std::int64_t padding = 0, std::int64_t groups = 1) {
    const std::int64_t outputs = kernel[0];
    std::vector<std::string> inputs = {input, floats(output + ".weight", std::move(kernel))};
    if (bias) inputs.push_back(floats(output + ".bias", {outputs}));
    return node("Conv", output, std::move(inputs),
                {graph::make_attribute("pads", std::vector<std::int64_t>(4, padding)),
                 graph::make_attribute("group", groups)});
  }
  std::string gemm(const std::string& output, const std::string& input, std::int64_t in,
                   std::int64_t out, bool transposed = true) {
    return node("Gemm", output,
                {input, floats(output + ".weight", transposed ? Shape{out, in} : Shape{in, out}),
                 floats(output + ".bias", {out})},
                {graph::make_attribute("transB", std::int64_t{transposed})});
  }
  std::string batch_norm(const std::string& output, const std::string& input,
                         std::int64_t channels) {
    const std::string variance = floats(output + ".variance", {channels});
    Tensor& value = network_.graph.initializers.back().value;
    std::vector<float> positive = to_float32(value);
    for (float& element : positive) element = element * element + 0.5F;
    value = Tensor::from<float>({channels}, std::move(positive));
    return node(
        "BatchNormalization", output,
        {input, floats(output + ".scale", {channels}), floats(output + ".shift", {channels}),
         floats(output + ".mean", {channels}), variance});
  }

  graph::Network finish(const std::string& output, Shape shape) {
    network_.graph.outputs.push_back(
        graph::make_value(output, DataType::kFloat32, std::move(shape)));
    return network_;
  }
  graph::Network& network() { return network_; }

 private:
  RandomStream random_;
  graph::Network network_;
};

}  // namespace gcompress::testing

// Short ways to write networks in tests of the graph room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

inline Initializer weight(std::string name, Tensor value) {
  return {
      .name = std::move(name), .value = std::move(value), .storage = Storage::kRaw, .opaque = {}};
}

// Normal random numbers; the name is the seed's purpose.
inline Initializer random_weight(const std::string& name, const Shape& shape) {
  RandomStream random(7, name);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = random.normal();
  return weight(name, Tensor::from(shape, std::move(values)));
}

inline Initializer ints(const std::string& name, std::vector<std::int64_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return weight(name, Tensor::from({count}, std::move(values)));
}

inline Node constant(const std::string& output, Attribute attribute) {
  return make_node("Constant", output + "_node", {}, {output}, {std::move(attribute)});
}

inline Attribute ints_attribute(std::string name, std::vector<std::int64_t> values) {
  return make_attribute(std::move(name), std::move(values));
}
inline Attribute int_attribute(std::string name, std::int64_t value) {
  return make_attribute(std::move(name), value);
}

// A network from input "x" of this shape to output "y", which states no shape.
inline Network make_network(const Shape& input, std::vector<Node> nodes,
                            std::vector<Initializer> initializers = {}, std::int64_t opset = 17) {
  Network network;
  network.ir_version = 8;
  network.opset_imports = {{.domain = "", .version = opset}};
  network.graph.inputs = {make_value("x", DataType::kFloat32, input)};
  Value output = make_value("y", DataType::kFloat32, {});
  output.shape = std::nullopt;
  network.graph.outputs = {output};
  network.graph.nodes = std::move(nodes);
  network.graph.initializers = std::move(initializers);
  return network;
}

}  // namespace gcompress::graph

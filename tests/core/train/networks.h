// Small networks for the tests of core/train.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::train {

// A network of opset 17 (or `opset`) whose inputs and outputs are of one type and unknown rank.
inline graph::Network network_of(std::vector<graph::Node> nodes,
                                 const std::vector<std::string>& inputs,
                                 const std::vector<std::string>& outputs,
                                 std::vector<std::pair<std::string, Tensor>> stored = {},
                                 std::int64_t opset = 17, DataType dtype = DataType::kFloat32) {
  graph::Network network;
  network.ir_version = 8;
  network.opset_imports = {{"", opset}};
  network.graph.nodes = std::move(nodes);
  for (const std::string& input : inputs) {
    network.graph.inputs.push_back({input, dtype, std::nullopt, {}});
  }
  for (const std::string& output : outputs) {
    network.graph.outputs.push_back({output, dtype, std::nullopt, {}});
  }
  for (auto& [name, value] : stored) {
    network.graph.initializers.push_back({name, std::move(value), graph::Storage::kRaw, {}});
  }
  return network;
}

// Values 0.1, -0.2, 0.3, ... : different, of both signs, none zero.
inline Tensor ramp(const Shape& shape, DataType dtype = DataType::kFloat32) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float size = 0.1F * static_cast<float>(i % 7 + 1) + 0.013F * static_cast<float>(i % 5);
    values[i] = i % 2 == 0 ? size : -size;
  }
  return from_float32(dtype, shape, values);
}

inline Tensor integers(std::vector<std::int64_t> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return Tensor::from<std::int64_t>({size}, std::move(values));
}

}  // namespace gcompress::train

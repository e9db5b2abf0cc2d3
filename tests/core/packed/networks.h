// Networks and comparison for the tests of .gcz.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "gcompress/core/base/random.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/packed/packed.h"
#include "tests/support/scratch.h"

namespace gcompress::packed::testing {

inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline graph::Network unpacked(const std::string& bytes) { return read_bytes(as_bytes(bytes)); }

// Same message, node for node and tensor for tensor.
inline void expect_same(const graph::Network& a, const graph::Network& b) {
  EXPECT_TRUE(onnx::write_bytes(a) == onnx::write_bytes(b));
}

inline graph::Network network_with(const Tensor& tensor) {
  graph::Network network;
  network.ir_version = 8;
  network.opset_imports = {{.domain = "", .version = 17}};
  network.graph.name = "main";
  network.graph.inputs = {graph::make_value("x", DataType::kFloat32, {-1})};
  network.graph.outputs = {graph::make_value("y", DataType::kFloat32, {-1})};
  network.graph.initializers = {{.name = "w", .value = tensor, .storage = {}, .opaque = {}}};
  network.graph.nodes = {graph::make_node("Mul", "product", {"x", "w"}, {"y"})};
  return network;
}

// Normal random numbers, of which `density` are kept.
inline std::vector<float> sparse_floats(std::size_t size, double density) {
  RandomStream random(0, "packed test");
  std::vector<float> values(size);
  for (float& value : values) {
    const float drawn = 0.05F * random.normal();
    value = random.uniform() < density ? drawn : 0.0F;
  }
  return values;
}

inline Tensor float_tensor(std::vector<float> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return Tensor::from<float>({size}, std::move(values));
}

}  // namespace gcompress::packed::testing

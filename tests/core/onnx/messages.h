// ONNX messages for tests, built in code.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx-ml.pb.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gcompress/core/onnx/onnx.h"

namespace gcompress::onnx::testing {

inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string serialize(const google::protobuf::MessageLite& message) {
  return message.SerializePartialAsString();
}

inline std::string file_content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return std::move(content).str();
}

inline ::onnx::ModelProto parse_model(const std::string& bytes) {
  ::onnx::ModelProto model;
  EXPECT_TRUE(model.ParsePartialFromString(bytes));
  return model;
}

// The bytes of the same message as protobuf writes it: equal for equal messages.
inline std::string canonical(const std::string& bytes) { return serialize(parse_model(bytes)); }

inline graph::Network read_message(const ::onnx::ModelProto& model,
                                   const std::filesystem::path& folder = {}) {
  return read_bytes(as_bytes(serialize(model)), folder);
}

// Reads and writes the message and expects an equal one.
inline void expect_round_trip(const ::onnx::ModelProto& model) {
  EXPECT_EQ(canonical(write_bytes(read_message(model))), serialize(model));
}

// What reading the model throws, as text.
inline std::string refusal(const std::string& bytes) {
  try {
    read_bytes(as_bytes(bytes), {}, "test.onnx");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
    EXPECT_EQ(error.place().file, "test.onnx");
    return error.what();
  }
  ADD_FAILURE() << "the model was read";
  return {};
}

inline std::string refusal(const ::onnx::ModelProto& model) { return refusal(serialize(model)); }

inline void set_float_vector(::onnx::ValueInfoProto& value, const std::string& name,
                             std::int64_t size) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(::onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_value(size);
}

inline ::onnx::NodeProto& add_node(::onnx::GraphProto& graph, const std::string& name,
                                   const std::string& op_type,
                                   const std::vector<std::string>& inputs,
                                   const std::vector<std::string>& outputs) {
  auto& node = *graph.add_node();
  node.set_name(name);
  node.set_op_type(op_type);
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  return node;
}

inline ::onnx::TensorProto& add_raw_floats(::onnx::GraphProto& graph, const std::string& name,
                                           const std::vector<float>& values) {
  auto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return tensor;
}

// y = x + w, four floats.
inline ::onnx::ModelProto small_model() {
  ::onnx::ModelProto model;
  model.set_ir_version(8);
  auto& import = *model.add_opset_import();
  import.set_domain("");
  import.set_version(17);
  auto& graph = *model.mutable_graph();
  graph.set_name("main");
  set_float_vector(*graph.add_input(), "x", 4);
  set_float_vector(*graph.add_output(), "y", 4);
  add_raw_floats(graph, "w", {1, 2, 3, 4});
  add_node(graph, "sum", "Add", {"x", "w"}, {"y"});
  return model;
}

}  // namespace gcompress::onnx::testing

// Putting messages together: the opaque part first, then what the structs say.
#include "gcompress/core/onnx/internal/encode.h"

#include <cmath>
#include <type_traits>

#include "gcompress/core/graph/topology.h"
#include "gcompress/core/onnx/internal/place.h"
#include "gcompress/core/onnx/internal/plain_parts.h"
#include "gcompress/core/onnx/internal/typed_data.h"

namespace gcompress::onnx::internal {
namespace {

using ::onnx::AttributeProto;

void put_strings(const std::vector<std::string>& items,
                 google::protobuf::RepeatedPtrField<std::string>& list) {
  list.Clear();
  list.Reserve(static_cast<int>(items.size()));
  for (const std::string& item : items) *list.Add() = item;
}

void put_values(const std::vector<graph::Value>& values,
                google::protobuf::RepeatedPtrField<::onnx::ValueInfoProto>& list) {
  list.Clear();
  for (const graph::Value& value : values) put_value(value, *list.Add());
}

void put_dims(const Shape& shape, google::protobuf::RepeatedField<std::int64_t>& dims) {
  dims.Clear();
  dims.Add(shape.begin(), shape.end());
}

class Encoder {
 public:
  explicit Encoder(ExternalPlan& plan) : plan_(plan) {}

  void graph_without_initializers(const graph::Graph& graph, ::onnx::GraphProto& message);
  void function(const graph::Function& function, ::onnx::FunctionProto& message);
  // True if the elements belong into raw_data; they are not written there.
  bool tensor(const Tensor& value, graph::Storage storage, ::onnx::TensorProto& message);

 private:
  void graph(const graph::Graph& graph, ::onnx::GraphProto& message);
  void node(const graph::Node& node, ::onnx::NodeProto& message);
  void attribute(const graph::Attribute& attribute, AttributeProto& message);
  void attribute_data(const graph::Attribute& attribute, AttributeProto& message);
  void unnamed_tensor(const Tensor& value, bool read_from_file, ::onnx::TensorProto& message);
  void sparse_initializer(const graph::SparseInitializer& sparse,
                          ::onnx::SparseTensorProto& message);

  ExternalPlan& plan_;
};

void set_raw(const Tensor& value, ::onnx::TensorProto& message) {
  message.set_raw_data(value.bytes().data(), value.byte_size());
  value.bytes().release_pages();
}

bool Encoder::tensor(const Tensor& value, graph::Storage storage, ::onnx::TensorProto& message) {
  put_dims(value.shape(), *message.mutable_dims());
  message.set_data_type(static_cast<std::int32_t>(value.dtype()));
  message.clear_raw_data();
  if (plan_.wants(value, storage)) {
    plan_.place(value, message);
    return false;
  }
  if (storage == graph::Storage::kExternal) {
    message.clear_external_data();
    message.clear_data_location();
  }
  if (storage == graph::Storage::kTyped || value.dtype() == DataType::kString) {
    put_typed(value, message);
    return false;
  }
  return true;
}

void Encoder::unnamed_tensor(const Tensor& value, bool read_from_file,
                             ::onnx::TensorProto& message) {
  graph::Storage storage = graph::Storage::kRaw;
  if (message.data_location() == ::onnx::TensorProto::EXTERNAL) {
    storage = graph::Storage::kExternal;
  } else if (read_from_file && !message.has_raw_data()) {
    storage = graph::Storage::kTyped;
  }
  if (tensor(value, storage, message)) set_raw(value, message);
}

void Encoder::sparse_initializer(const graph::SparseInitializer& sparse,
                                 ::onnx::SparseTensorProto& message) {
  if (!sparse.opaque.empty()) from_opaque(sparse.opaque, message);
  const bool read_from_file = message.has_values();
  put_dims(sparse.shape, *message.mutable_dims());
  unnamed_tensor(sparse.values, read_from_file, *message.mutable_values());
  unnamed_tensor(sparse.indices, read_from_file, *message.mutable_indices());
  if (!sparse.name.empty()) message.mutable_values()->set_name(sparse.name);
}

void Encoder::attribute_data(const graph::Attribute& attribute, AttributeProto& message) {
  const auto set_type = [&](AttributeProto::AttributeType type) {
    const bool left_out = message.has_type() && message.type() == AttributeProto::UNDEFINED;
    left_out ? message.clear_type() : message.set_type(type);
  };
  // A number or string that the file left out because it is the default stays left out.
  const auto keeps_default = [&](AttributeProto::AttributeType type, bool is_default) {
    return is_default && message.has_type() && message.type() == type;
  };
  // Tensors keep their messages in the opaque part, which an edit to another kind leaves behind.
  const bool had_tensor = message.has_t();
  const int had_tensors = message.tensors_size();
  const bool opaque = std::holds_alternative<std::monostate>(attribute.data);
  if (!opaque && !std::holds_alternative<Tensor>(attribute.data)) message.clear_t();
  if (!opaque && !std::holds_alternative<std::vector<Tensor>>(attribute.data)) {
    message.clear_tensors();
  }
  std::visit(
      [&](const auto& data) {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, std::monostate>) {
          return;  // all of it is opaque
        } else if constexpr (std::is_same_v<Data, float>) {
          const bool zero = data == 0.0F && !std::signbit(data);
          if (!keeps_default(AttributeProto::FLOAT, zero)) message.set_f(data);
          set_type(AttributeProto::FLOAT);
        } else if constexpr (std::is_same_v<Data, std::int64_t>) {
          if (!keeps_default(AttributeProto::INT, data == 0)) message.set_i(data);
          set_type(AttributeProto::INT);
        } else if constexpr (std::is_same_v<Data, std::string>) {
          if (!keeps_default(AttributeProto::STRING, data.empty())) message.set_s(data);
          set_type(AttributeProto::STRING);
        } else if constexpr (std::is_same_v<Data, Tensor>) {
          unnamed_tensor(data, had_tensor, *message.mutable_t());
          set_type(AttributeProto::TENSOR);
        } else if constexpr (std::is_same_v<Data, graph::GraphPtr>) {
          graph(*data, *message.mutable_g());
          set_type(AttributeProto::GRAPH);
        } else if constexpr (std::is_same_v<Data, std::vector<float>>) {
          message.clear_floats();
          message.mutable_floats()->Add(data.begin(), data.end());
          set_type(AttributeProto::FLOATS);
        } else if constexpr (std::is_same_v<Data, std::vector<std::int64_t>>) {
          message.clear_ints();
          message.mutable_ints()->Add(data.begin(), data.end());
          set_type(AttributeProto::INTS);
        } else if constexpr (std::is_same_v<Data, std::vector<std::string>>) {
          put_strings(data, *message.mutable_strings());
          set_type(AttributeProto::STRINGS);
        } else if constexpr (std::is_same_v<Data, std::vector<Tensor>>) {
          const auto wanted = static_cast<int>(data.size());
          while (message.tensors_size() > wanted) message.mutable_tensors()->RemoveLast();
          for (int i = 0; i < wanted; ++i) {
            if (i >= message.tensors_size()) message.add_tensors();
            unnamed_tensor(data[static_cast<std::size_t>(i)], i < had_tensors,
                           *message.mutable_tensors(i));
          }
          set_type(AttributeProto::TENSORS);
        } else {
          static_assert(std::is_same_v<Data, std::vector<graph::GraphPtr>>);
          message.clear_graphs();
          for (const graph::GraphPtr& each : data) graph(*each, *message.add_graphs());
          set_type(AttributeProto::GRAPHS);
        }
      },
      attribute.data);
}

void Encoder::attribute(const graph::Attribute& attribute, AttributeProto& message) {
  if (!attribute.opaque.empty()) from_opaque(attribute.opaque, message);
  if (!attribute.name.empty()) message.set_name(attribute.name);
  attribute_data(attribute, message);
}

void Encoder::node(const graph::Node& node, ::onnx::NodeProto& message) {
  try {
    if (!node.opaque.empty()) from_opaque(node.opaque, message);
    put_strings(node.inputs, *message.mutable_input());
    put_strings(node.outputs, *message.mutable_output());
    if (!node.name.empty()) message.set_name(node.name);
    if (!node.op_type.empty()) message.set_op_type(node.op_type);
    if (!node.domain.empty()) message.set_domain(node.domain);
    message.clear_attribute();
    for (const graph::Attribute& each : node.attributes) attribute(each, *message.add_attribute());
  } catch (const Error& error) {
    throw at_place(error, graph::label_of(node), {});
  }
}

void Encoder::graph_without_initializers(const graph::Graph& graph, ::onnx::GraphProto& message) {
  if (!graph.opaque.empty()) from_opaque(graph.opaque, message);
  if (!graph.name.empty()) message.set_name(graph.name);
  message.clear_initializer();
  message.clear_node();
  message.clear_sparse_initializer();
  for (const graph::Node& each : graph.nodes) node(each, *message.add_node());
  for (const graph::SparseInitializer& each : graph.sparse_initializers) {
    sparse_initializer(each, *message.add_sparse_initializer());
  }
  put_values(graph.inputs, *message.mutable_input());
  put_values(graph.outputs, *message.mutable_output());
  put_values(graph.values, *message.mutable_value_info());
}

void Encoder::graph(const graph::Graph& graph, ::onnx::GraphProto& message) {
  graph_without_initializers(graph, message);
  for (const graph::Initializer& each : graph.initializers) {
    bool raw = false;
    *message.add_initializer() = encode_initializer(each, plan_, raw);
    if (raw) set_raw(each.value, *message.mutable_initializer(message.initializer_size() - 1));
  }
}

void Encoder::function(const graph::Function& function, ::onnx::FunctionProto& message) {
  if (!function.opaque.empty()) from_opaque(function.opaque, message);
  if (!function.domain.empty()) message.set_domain(function.domain);
  if (!function.name.empty()) message.set_name(function.name);
  if (!function.overload.empty()) message.set_overload(function.overload);
  put_strings(function.inputs, *message.mutable_input());
  put_strings(function.outputs, *message.mutable_output());
  put_strings(function.attribute_names, *message.mutable_attribute());
  message.clear_attribute_proto();
  for (const graph::Attribute& each : function.attribute_defaults) {
    attribute(each, *message.add_attribute_proto());
  }
  message.clear_node();
  for (const graph::Node& each : function.nodes) node(each, *message.add_node());
  put_opset_imports(function.opset_imports, *message.mutable_opset_import());
}

}  // namespace

::onnx::TensorProto encode_initializer(const graph::Initializer& initializer, ExternalPlan& plan,
                                       bool& raw) {
  auto message = message_from<::onnx::TensorProto>(initializer.opaque);
  raw = Encoder(plan).tensor(initializer.value, initializer.storage, message);
  if (!initializer.name.empty()) message.set_name(initializer.name);
  return message;
}

::onnx::ModelProto encode_without_initializers(const graph::Network& network, ExternalPlan& plan) {
  auto message = message_from<::onnx::ModelProto>(network.opaque);
  if (network.ir_version != 0) message.set_ir_version(network.ir_version);
  if (!network.producer_name.empty()) message.set_producer_name(network.producer_name);
  if (!network.producer_version.empty()) message.set_producer_version(network.producer_version);
  put_opset_imports(network.opset_imports, *message.mutable_opset_import());
  put_metadata(network.metadata, *message.mutable_metadata_props());
  Encoder encoder(plan);
  message.clear_graph();
  encoder.graph_without_initializers(network.graph, *message.mutable_graph());
  message.clear_functions();
  for (const graph::Function& each : network.functions) {
    encoder.function(each, *message.add_functions());
  }
  return message;
}

}  // namespace gcompress::onnx::internal

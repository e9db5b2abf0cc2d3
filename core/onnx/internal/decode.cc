// Taking messages apart, from tensors up to the model.
#include "gcompress/core/onnx/internal/decode.h"

#include <memory>
#include <utility>

#include "gcompress/core/graph/topology.h"
#include "gcompress/core/onnx/internal/place.h"
#include "gcompress/core/onnx/internal/plain_parts.h"
#include "gcompress/core/onnx/internal/typed_data.h"

namespace gcompress::onnx::internal {
namespace {

using ::onnx::AttributeProto;

// Opaque parts travel as they are, and to other folders: they cannot point into data files.
void refuse_external(const ::onnx::TensorProto& message, const std::string& where) {
  if (message.data_location() == ::onnx::TensorProto::EXTERNAL) {
    throw Error(ErrorKind::kUnsupported, "external data in " + where + " is not supported",
                {.file = {}, .node = {}, .value = message.name()},
                "store the model with this tensor inside");
  }
}

class Decoder {
 public:
  explicit Decoder(ExternalFiles& external) : external_(external) {}

  graph::Graph graph(::onnx::GraphProto& message);
  graph::Node node(::onnx::NodeProto& message);
  graph::Attribute attribute(AttributeProto& message);
  graph::Function function(::onnx::FunctionProto& message);
  graph::Initializer initializer(::onnx::TensorProto& message);

 private:
  Tensor tensor(::onnx::TensorProto& message, graph::Storage& storage);
  Tensor unnamed_tensor(::onnx::TensorProto& message);
  graph::SparseInitializer sparse_initializer(::onnx::SparseTensorProto& message);
  graph::Attribute::Data attribute_data(AttributeProto& message,
                                        AttributeProto::AttributeType type);

  ExternalFiles& external_;
};

template <typename Message, typename Take>
auto take_all(google::protobuf::RepeatedPtrField<Message>& list, Take&& take) {
  std::vector<decltype(take(*list.Mutable(0)))> items;
  items.reserve(static_cast<std::size_t>(list.size()));
  for (Message& message : list) items.push_back(take(message));
  google::protobuf::RepeatedPtrField<Message>().Swap(&list);
  return items;
}

std::vector<std::string> take_strings(google::protobuf::RepeatedPtrField<std::string>& list) {
  return take_all(list, [](std::string& text) { return std::move(text); });
}

std::vector<graph::Value> take_values(
    google::protobuf::RepeatedPtrField<::onnx::ValueInfoProto>& list) {
  return take_all(list, take_value);
}

Tensor Decoder::tensor(::onnx::TensorProto& message, graph::Storage& storage) {
  const auto dtype = static_cast<DataType>(message.data_type());
  if (!is_known(dtype)) throw_input("its element type " + name_of(dtype) + " is not an ONNX type");
  if (message.has_segment()) {
    throw Error(ErrorKind::kUnsupported, "a tensor stored in segments is not supported");
  }
  const Shape shape(message.dims().begin(), message.dims().end());
  message.clear_dims();
  message.clear_data_type();
  if (message.data_location() == ::onnx::TensorProto::EXTERNAL) {
    storage = graph::Storage::kExternal;
    return external_.find(message, dtype, shape);
  }
  if (message.has_raw_data()) {
    storage = graph::Storage::kRaw;
    if (dtype == DataType::kString) throw_input("strings cannot lie in raw_data");
    const std::unique_ptr<std::string> raw(message.release_raw_data());
    return Tensor(dtype, shape, Bytes::own(std::move(*raw)));
  }
  storage = graph::Storage::kTyped;
  return take_typed(message, dtype, shape);
}

// A tensor without a struct of its own: its message stays in the owner's opaque part and tells the
// storage, raw_data being there (and empty) for raw data.
Tensor Decoder::unnamed_tensor(::onnx::TensorProto& message) {
  graph::Storage storage{};
  Tensor value = tensor(message, storage);
  if (storage == graph::Storage::kRaw) message.set_raw_data("");
  return value;
}

graph::Initializer Decoder::initializer(::onnx::TensorProto& message) {
  graph::Initializer made;
  made.name = message.name();
  try {
    made.value = tensor(message, made.storage);
  } catch (const Error& error) {
    throw at_place(error, {}, made.name);
  }
  if (!made.name.empty()) message.clear_name();
  made.opaque = to_opaque(message);
  return made;
}

graph::SparseInitializer Decoder::sparse_initializer(::onnx::SparseTensorProto& message) {
  graph::SparseInitializer made;
  made.name = message.values().name();
  try {
    if (!message.has_values() || !message.has_indices()) {
      throw_input("a sparse tensor needs values and indices");
    }
    made.shape = Shape(message.dims().begin(), message.dims().end());
    message.clear_dims();
    made.values = unnamed_tensor(*message.mutable_values());
    made.indices = unnamed_tensor(*message.mutable_indices());
    if (!made.name.empty()) message.mutable_values()->clear_name();
  } catch (const Error& error) {
    throw at_place(error, {}, made.name);
  }
  made.opaque = to_opaque(message);
  return made;
}

// Old files leave the type out. It is then the only kind of data there is, if there is just one.
AttributeProto::AttributeType infer_type(const AttributeProto& message) {
  AttributeProto::AttributeType found = AttributeProto::UNDEFINED;
  int kinds = 0;
  const auto consider = [&](bool present, AttributeProto::AttributeType type) {
    if (!present) return;
    found = type;
    ++kinds;
  };
  consider(message.has_f(), AttributeProto::FLOAT);
  consider(message.has_i(), AttributeProto::INT);
  consider(message.has_s(), AttributeProto::STRING);
  consider(message.has_t(), AttributeProto::TENSOR);
  consider(message.has_g(), AttributeProto::GRAPH);
  consider(message.floats_size() > 0, AttributeProto::FLOATS);
  consider(message.ints_size() > 0, AttributeProto::INTS);
  consider(message.strings_size() > 0, AttributeProto::STRINGS);
  consider(message.tensors_size() > 0, AttributeProto::TENSORS);
  consider(message.graphs_size() > 0, AttributeProto::GRAPHS);
  return kinds == 1 ? found : AttributeProto::UNDEFINED;
}

graph::Attribute::Data Decoder::attribute_data(AttributeProto& message,
                                               AttributeProto::AttributeType type) {
  graph::Attribute::Data data;
  switch (type) {
    case AttributeProto::FLOAT:
      data = message.f();
      message.clear_f();
      break;
    case AttributeProto::INT:
      data = std::int64_t{message.i()};
      message.clear_i();
      break;
    case AttributeProto::STRING:
      data = std::move(*message.mutable_s());
      message.clear_s();
      break;
    case AttributeProto::TENSOR:
      if (message.has_t()) data = unnamed_tensor(*message.mutable_t());
      break;
    case AttributeProto::GRAPH:
      if (message.has_g()) {
        data = std::make_shared<const graph::Graph>(graph(*message.mutable_g()));
        message.clear_g();
      }
      break;
    case AttributeProto::FLOATS:
      data = std::vector<float>(message.floats().begin(), message.floats().end());
      message.clear_floats();
      break;
    case AttributeProto::INTS:
      data = std::vector<std::int64_t>(message.ints().begin(), message.ints().end());
      message.clear_ints();
      break;
    case AttributeProto::STRINGS:
      data = take_strings(*message.mutable_strings());
      break;
    case AttributeProto::TENSORS: {
      std::vector<Tensor> tensors;
      for (auto& tensor : *message.mutable_tensors()) tensors.push_back(unnamed_tensor(tensor));
      data = std::move(tensors);
      break;
    }
    case AttributeProto::GRAPHS:
      data = take_all(*message.mutable_graphs(), [this](::onnx::GraphProto& each) {
        return graph::GraphPtr(std::make_shared<const graph::Graph>(graph(each)));
      });
      break;
    default:
      if (message.has_sparse_tensor()) {
        refuse_external(message.sparse_tensor().values(), "a sparse attribute");
        refuse_external(message.sparse_tensor().indices(), "a sparse attribute");
      }
      for (const auto& sparse : message.sparse_tensors()) {
        refuse_external(sparse.values(), "a sparse attribute");
        refuse_external(sparse.indices(), "a sparse attribute");
      }
      break;
  }
  return data;
}

// How the opaque part tells what the struct cannot: a type of UNDEFINED means that the file gave no
// type; any other type beside a number or a string means that the file left out the value, a zero.
graph::Attribute Decoder::attribute(AttributeProto& message) {
  graph::Attribute made;
  made.name = message.name();
  made.reference = message.ref_attr_name();
  const bool typed = message.has_type();
  const auto type = made.reference.empty() ? (typed ? message.type() : infer_type(message))
                                           : AttributeProto::UNDEFINED;
  const bool value_left_out = (type == AttributeProto::FLOAT && !message.has_f()) ||
                              (type == AttributeProto::INT && !message.has_i()) ||
                              (type == AttributeProto::STRING && !message.has_s());
  try {
    made.data = attribute_data(message, type);
  } catch (const Error& error) {
    throw at_place(error, {}, made.name);
  }
  if (!made.name.empty()) message.clear_name();
  if (!std::holds_alternative<std::monostate>(made.data) && !value_left_out) {
    message.clear_type();
    if (!typed) message.set_type(AttributeProto::UNDEFINED);
  }
  made.opaque = to_opaque(message);
  return made;
}

graph::Node Decoder::node(::onnx::NodeProto& message) {
  graph::Node made;
  made.name = message.name();
  made.op_type = message.op_type();
  made.domain = message.domain();
  made.inputs = take_strings(*message.mutable_input());
  made.outputs = take_strings(*message.mutable_output());
  if (!made.name.empty()) message.clear_name();
  if (!made.op_type.empty()) message.clear_op_type();
  if (made.domain == "ai.onnx") {
    made.domain.clear();  // the opaque part remembers how it was spelled
  } else if (!made.domain.empty()) {
    message.clear_domain();
  }
  try {
    made.attributes = take_all(*message.mutable_attribute(),
                               [this](AttributeProto& each) { return attribute(each); });
  } catch (const Error& error) {
    throw at_place(error, graph::label_of(made), {});
  }
  made.opaque = to_opaque(message);
  return made;
}

graph::Graph Decoder::graph(::onnx::GraphProto& message) {
  graph::Graph made;
  made.name = message.name();
  if (!made.name.empty()) message.clear_name();
  made.initializers = take_all(*message.mutable_initializer(),
                               [this](::onnx::TensorProto& each) { return initializer(each); });
  made.sparse_initializers =
      take_all(*message.mutable_sparse_initializer(),
               [this](::onnx::SparseTensorProto& each) { return sparse_initializer(each); });
  made.nodes =
      take_all(*message.mutable_node(), [this](::onnx::NodeProto& each) { return node(each); });
  made.inputs = take_values(*message.mutable_input());
  made.outputs = take_values(*message.mutable_output());
  made.values = take_values(*message.mutable_value_info());
  made.opaque = to_opaque(message);
  return made;
}

graph::Function Decoder::function(::onnx::FunctionProto& message) {
  graph::Function made;
  made.domain = message.domain();
  made.name = message.name();
  made.overload = message.overload();
  if (!made.domain.empty()) message.clear_domain();
  if (!made.name.empty()) message.clear_name();
  if (!made.overload.empty()) message.clear_overload();
  made.inputs = take_strings(*message.mutable_input());
  made.outputs = take_strings(*message.mutable_output());
  made.attribute_names = take_strings(*message.mutable_attribute());
  made.attribute_defaults = take_all(*message.mutable_attribute_proto(),
                                     [this](AttributeProto& each) { return attribute(each); });
  made.nodes =
      take_all(*message.mutable_node(), [this](::onnx::NodeProto& each) { return node(each); });
  made.opset_imports = take_opset_imports(*message.mutable_opset_import());
  made.opaque = to_opaque(message);
  return made;
}

}  // namespace

Tensor decode_tensor(::onnx::TensorProto& message, ExternalFiles& external) {
  return Decoder(external).initializer(message).value;
}

graph::Network decode(::onnx::ModelProto& message, ExternalFiles& external) {
  Decoder decoder(external);
  graph::Network made;
  if (!message.has_graph()) throw_input("it holds no graph, so it is not an ONNX model");
  for (const auto& training : message.training_info()) {
    for (const auto* part : {&training.initialization(), &training.algorithm()}) {
      for (const auto& tensor : part->initializer()) refuse_external(tensor, "training_info");
    }
  }
  made.graph = decoder.graph(*message.mutable_graph());
  message.clear_graph();
  made.functions = take_all(*message.mutable_functions(),
                            [&](::onnx::FunctionProto& each) { return decoder.function(each); });
  made.ir_version = message.ir_version();
  made.producer_name = message.producer_name();
  made.producer_version = message.producer_version();
  if (made.ir_version != 0) message.clear_ir_version();
  if (!made.producer_name.empty()) message.clear_producer_name();
  if (!made.producer_version.empty()) message.clear_producer_version();
  made.opset_imports = take_opset_imports(*message.mutable_opset_import());
  made.metadata = take_metadata(*message.mutable_metadata_props());
  made.opaque = to_opaque(message);
  return made;
}

}  // namespace gcompress::onnx::internal

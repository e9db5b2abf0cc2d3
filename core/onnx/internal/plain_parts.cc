// Types, opset imports and metadata: decode, encode, and keep the original where that loses.
#include "gcompress/core/onnx/internal/plain_parts.h"

#include <optional>

namespace gcompress::onnx::internal {
namespace {

using google::protobuf::RepeatedPtrField;

bool same_message(const google::protobuf::MessageLite& a, const google::protobuf::MessageLite& b) {
  return a.SerializePartialAsString() == b.SerializePartialAsString();
}

graph::OpsetImport decode(const ::onnx::OperatorSetIdProto& message) {
  return {.domain = message.domain(), .version = message.version()};
}

void encode(const graph::OpsetImport& import, ::onnx::OperatorSetIdProto& message) {
  message.set_domain(import.domain);
  message.set_version(import.version);
}

std::pair<std::string, std::string> decode(const ::onnx::StringStringEntryProto& message) {
  return {message.key(), message.value()};
}

void encode(const std::pair<std::string, std::string>& entry,
            ::onnx::StringStringEntryProto& message) {
  message.set_key(entry.first);
  message.set_value(entry.second);
}

template <typename Item, typename Message>
std::vector<Item> take_list(RepeatedPtrField<Message>& list) {
  std::vector<Item> items;
  bool canonical = true;
  for (const Message& message : list) {
    items.push_back(decode(message));
    Message again;
    encode(items.back(), again);
    canonical = canonical && same_message(again, message);
  }
  if (canonical) list.Clear();
  return items;
}

template <typename Item, typename Message>
void put_list(const std::vector<Item>& items, RepeatedPtrField<Message>& list) {
  RepeatedPtrField<Message> originals;
  originals.Swap(&list);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto place = static_cast<int>(i);
    if (place < originals.size() && decode(originals.Get(place)) == items[i]) {
      list.Add()->Swap(originals.Mutable(place));
    } else {
      encode(items[i], *list.Add());
    }
  }
}

struct DeclaredType {
  DataType dtype = DataType::kUndefined;
  std::optional<std::vector<graph::Dimension>> shape;
  bool operator==(const DeclaredType&) const = default;
};

DeclaredType decode(const ::onnx::TypeProto& message) {
  DeclaredType type;
  if (!message.has_tensor_type()) return type;
  const auto& tensor = message.tensor_type();
  type.dtype = static_cast<DataType>(tensor.elem_type());
  if (!tensor.has_shape()) return type;
  type.shape.emplace();
  for (const auto& dimension : tensor.shape().dim()) {
    graph::Dimension& made = type.shape->emplace_back();
    if (dimension.has_dim_value() && dimension.dim_value() >= 0) made.size = dimension.dim_value();
    if (dimension.has_dim_param()) made.symbol = dimension.dim_param();
  }
  return type;
}

void encode(const DeclaredType& type, ::onnx::TypeProto& message) {
  auto& tensor = *message.mutable_tensor_type();
  tensor.Clear();
  tensor.set_elem_type(static_cast<std::int32_t>(type.dtype));
  if (!type.shape) return;
  auto& shape = *tensor.mutable_shape();
  for (const graph::Dimension& dimension : *type.shape) {
    auto& made = *shape.add_dim();
    if (dimension.known()) {
      made.set_dim_value(dimension.size);
    } else if (!dimension.symbol.empty()) {
      made.set_dim_param(dimension.symbol);
    }
  }
}

}  // namespace

graph::Value take_value(::onnx::ValueInfoProto& message) {
  graph::Value value;
  value.name = message.name();
  if (!value.name.empty()) message.clear_name();
  if (message.has_type()) {
    DeclaredType type = decode(message.type());
    if (type.dtype != DataType::kUndefined) {
      ::onnx::TypeProto again;
      encode(type, again);
      if (same_message(again, message.type())) message.clear_type();
    }
    value.dtype = type.dtype;
    value.shape = std::move(type.shape);
  }
  value.opaque = to_opaque(message);
  return value;
}

void put_value(const graph::Value& value, ::onnx::ValueInfoProto& message) {
  if (!value.opaque.empty()) from_opaque(value.opaque, message);
  if (!value.name.empty()) message.set_name(value.name);
  const DeclaredType type{.dtype = value.dtype, .shape = value.shape};
  if (decode(message.type()) == type) return;  // also: neither says anything
  encode(type, *message.mutable_type());
}

std::vector<graph::OpsetImport> take_opset_imports(
    RepeatedPtrField<::onnx::OperatorSetIdProto>& list) {
  return take_list<graph::OpsetImport>(list);
}

Metadata take_metadata(RepeatedPtrField<::onnx::StringStringEntryProto>& list) {
  return take_list<std::pair<std::string, std::string>>(list);
}

void put_opset_imports(const std::vector<graph::OpsetImport>& imports,
                       RepeatedPtrField<::onnx::OperatorSetIdProto>& list) {
  put_list(imports, list);
}

void put_metadata(const Metadata& metadata,
                  RepeatedPtrField<::onnx::StringStringEntryProto>& list) {
  put_list(metadata, list);
}

}  // namespace gcompress::onnx::internal

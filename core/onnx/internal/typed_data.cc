// Typed fields to bytes and back; one row of the switch per field of TensorProto.
#include "gcompress/core/onnx/internal/typed_data.h"

#include <cstring>
#include <limits>

namespace gcompress::onnx::internal {
namespace {

using google::protobuf::RepeatedField;

enum class Field { kFloat, kDouble, kInt32, kInt64, kUint64, kString };

Field field_of(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat32:
    case DataType::kComplex64:
      return Field::kFloat;
    case DataType::kFloat64:
    case DataType::kComplex128:
      return Field::kDouble;
    case DataType::kInt64:
      return Field::kInt64;
    case DataType::kUint32:
    case DataType::kUint64:
      return Field::kUint64;
    case DataType::kString:
      return Field::kString;
    default:
      return Field::kInt32;
  }
}

void check_entries(std::int64_t expected, int found, const Shape& shape) {
  if (expected != found) {
    throw_input("the shape " + to_string(shape) + " needs " + std::to_string(expected) +
                " data entries but the tensor has " + std::to_string(found));
  }
}

// Fields whose entries are the elements (or the two parts of complex ones).
template <typename T>
Tensor take_plain(RepeatedField<T>& field, DataType dtype, const Shape& shape) {
  const std::size_t bytes = byte_count(dtype, element_count(shape));
  check_entries(static_cast<std::int64_t>(bytes / sizeof(T)), field.size(), shape);
  std::vector<T> values(field.begin(), field.end());
  RepeatedField<T>().Swap(&field);
  return Tensor(dtype, shape, Bytes::own(std::move(values)));
}

template <typename T>
void put_plain(const Tensor& tensor, RepeatedField<T>& field) {
  const std::size_t count = tensor.byte_size() / sizeof(T);
  field.Clear();
  if (count == 0) return;
  field.Resize(static_cast<int>(count), T{});
  std::memcpy(field.mutable_data(), tensor.bytes().data(), tensor.byte_size());
}

// Fields whose entries are wider than what they hold: an entry carries Element's bits, sign- or
// zero-extended. ONNX zero-extends bit patterns; some writers sign-extend them.
template <typename Element, typename Entry>
Tensor take_narrowed(RepeatedField<Entry>& field, DataType dtype, const Shape& shape) {
  const std::size_t bytes = byte_count(dtype, element_count(shape));
  check_entries(static_cast<std::int64_t>(bytes / sizeof(Element)), field.size(), shape);
  using Signed = std::make_signed_t<Element>;
  using Unsigned = std::make_unsigned_t<Element>;
  std::vector<Element> values;
  values.reserve(static_cast<std::size_t>(field.size()));
  bool canonical = true;
  for (const Entry entry : field) {
    const auto element = static_cast<Element>(entry);
    if (static_cast<Entry>(element) != entry) {
      canonical = false;
      if (static_cast<Entry>(static_cast<Signed>(element)) != entry &&
          static_cast<Entry>(static_cast<Unsigned>(element)) != entry) {
        throw_input("the entry " + std::to_string(entry) + " does not fit the type " +
                    name_of(dtype));
      }
    }
    values.push_back(element);
  }
  if (canonical) RepeatedField<Entry>().Swap(&field);
  return Tensor(dtype, shape, Bytes::own(std::move(values)));
}

template <typename Element, typename Entry>
void put_narrowed(const Tensor& tensor, RepeatedField<Entry>& field) {
  const auto count = tensor.byte_size() / sizeof(Element);
  const auto* values = reinterpret_cast<const Element*>(tensor.bytes().data());
  const auto same = [&] {
    if (field.size() != static_cast<int>(count)) return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (static_cast<Element>(field.Get(static_cast<int>(i))) != values[i]) return false;
    }
    return true;
  };
  if (same()) return;
  field.Clear();
  field.Reserve(static_cast<int>(count));
  for (std::size_t i = 0; i < count; ++i) field.Add(static_cast<Entry>(values[i]));
}

// The integer that an entry of int32_data holds: bit patterns are unsigned, integers as they are.
template <typename Visit>
auto with_int32_element(DataType dtype, Visit&& visit) {
  switch (dtype) {
    case DataType::kInt32:
      return visit(std::int32_t{});
    case DataType::kInt16:
      return visit(std::int16_t{});
    case DataType::kInt8:
      return visit(std::int8_t{});
    case DataType::kUint16:
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return visit(std::uint16_t{});
    default:
      return visit(std::uint8_t{});
  }
}

Tensor take_strings(::onnx::TensorProto& message, const Shape& shape) {
  check_entries(element_count(shape), message.string_data_size(), shape);
  std::string bytes;
  for (const std::string& text : message.string_data()) {
    const std::uint64_t length = text.size();
    bytes.append(reinterpret_cast<const char*>(&length), sizeof(length));
    bytes.append(text);
  }
  message.clear_string_data();
  return Tensor(DataType::kString, shape, Bytes::own(std::move(bytes)));
}

void put_strings(const Tensor& tensor, ::onnx::TensorProto& message) {
  message.clear_string_data();
  const auto* data = reinterpret_cast<const char*>(tensor.bytes().data());
  std::size_t at = 0;
  const std::size_t end = tensor.byte_size();
  while (at < end) {
    std::uint64_t length = 0;
    GCOMPRESS_CHECK(end - at >= sizeof(length));
    std::memcpy(&length, data + at, sizeof(length));
    at += sizeof(length);
    GCOMPRESS_CHECK(length <= end - at);
    message.add_string_data(data + at, static_cast<std::size_t>(length));
    at += static_cast<std::size_t>(length);
  }
}

}  // namespace

bool is_known(DataType dtype) { return bits_of(dtype) != 0 || dtype == DataType::kString; }

Tensor take_typed(::onnx::TensorProto& message, DataType dtype, const Shape& shape) {
  switch (field_of(dtype)) {
    case Field::kFloat:
      return take_plain(*message.mutable_float_data(), dtype, shape);
    case Field::kDouble:
      return take_plain(*message.mutable_double_data(), dtype, shape);
    case Field::kInt64:
      return take_plain(*message.mutable_int64_data(), dtype, shape);
    case Field::kString:
      return take_strings(message, shape);
    case Field::kUint64:
      if (dtype == DataType::kUint64) {
        return take_plain(*message.mutable_uint64_data(), dtype, shape);
      }
      return take_narrowed<std::uint32_t>(*message.mutable_uint64_data(), dtype, shape);
    case Field::kInt32:
      break;
  }
  return with_int32_element(dtype, [&](auto element) {
    return take_narrowed<decltype(element)>(*message.mutable_int32_data(), dtype, shape);
  });
}

void put_typed(const Tensor& tensor, ::onnx::TensorProto& message) {
  switch (field_of(tensor.dtype())) {
    case Field::kFloat:
      return put_plain(tensor, *message.mutable_float_data());
    case Field::kDouble:
      return put_plain(tensor, *message.mutable_double_data());
    case Field::kInt64:
      return put_plain(tensor, *message.mutable_int64_data());
    case Field::kString:
      return put_strings(tensor, message);
    case Field::kUint64:
      if (tensor.dtype() == DataType::kUint64) {
        return put_plain(tensor, *message.mutable_uint64_data());
      }
      return put_narrowed<std::uint32_t>(tensor, *message.mutable_uint64_data());
    case Field::kInt32:
      break;
  }
  with_int32_element(tensor.dtype(), [&](auto element) {
    put_narrowed<decltype(element)>(tensor, *message.mutable_int32_data());
  });
}

}  // namespace gcompress::onnx::internal

// Small tensors followed by value.
#include "gcompress/core/graph/shape_rules/small_value.h"

#include <algorithm>

namespace gcompress::graph {
namespace {

template <typename T>
Tensor tensor_as(const SmallValue& value) {
  std::vector<T> numbers;
  numbers.reserve(value.elements.size());
  for (const Element& element : value.elements) {
    numbers.push_back(static_cast<T>(element.integer));
  }
  return Tensor(value.dtype, value.shape, Bytes::own(std::move(numbers)));
}

}  // namespace

bool can_be_small(DataType dtype) {
  switch (dtype) {
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32:
    case DataType::kInt64:
    case DataType::kUint8:
    case DataType::kUint16:
    case DataType::kUint32:
    case DataType::kUint64:
    case DataType::kBool:
      return true;
    default:
      return is_floating(dtype);
  }
}

std::optional<SmallValue> small_value_of(const Tensor& tensor) {
  if (!can_be_small(tensor.dtype()) || tensor.size() > kMostElements) return std::nullopt;
  SmallValue value{.dtype = tensor.dtype(), .shape = tensor.shape(), .elements = {}};
  if (tensor.dtype() == DataType::kFloat64) {
    for (const double real : tensor.as<double>()) value.elements.push_back(Element::of_real(real));
  } else if (is_floating(tensor.dtype())) {
    for (const float real : to_float32(tensor)) {
      value.elements.push_back(Element::of_real(double{real}));
    }
  } else {
    for (const std::int64_t integer : to_int64(tensor)) {
      value.elements.push_back(Element::of(integer));
    }
  }
  return value;
}

Tensor tensor_of(const SmallValue& value) {
  if (!std::all_of(value.elements.begin(), value.elements.end(),
                   [](const Element& element) { return element.known; })) {
    return {};
  }
  switch (value.dtype) {
    case DataType::kInt8:
      return tensor_as<std::int8_t>(value);
    case DataType::kInt16:
      return tensor_as<std::int16_t>(value);
    case DataType::kInt32:
      return tensor_as<std::int32_t>(value);
    case DataType::kInt64:
      return tensor_as<std::int64_t>(value);
    case DataType::kBool:
    case DataType::kUint8:
      return tensor_as<std::uint8_t>(value);
    case DataType::kUint16:
      return tensor_as<std::uint16_t>(value);
    case DataType::kUint32:
      return tensor_as<std::uint32_t>(value);
    case DataType::kUint64:
      return tensor_as<std::uint64_t>(value);
    default:
      break;
  }
  std::vector<double> reals;
  for (const Element& element : value.elements) reals.push_back(element.real);
  if (value.dtype == DataType::kFloat64) return Tensor::from(value.shape, std::move(reals));
  const std::vector<float> floats(reals.begin(), reals.end());
  return from_float32(value.dtype, value.shape, floats);
}

std::vector<Dimension> dimensions_of(const SmallValue& value) {
  std::vector<Dimension> dimensions;
  for (const Element& element : value.elements) {
    dimensions.push_back({.size = element.known && element.integer >= 0 ? element.integer : -1,
                          .symbol = element.symbol});
  }
  return dimensions;
}

}  // namespace gcompress::graph

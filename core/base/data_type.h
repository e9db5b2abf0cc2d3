// Element types of tensors: ONNX's set, with ONNX's numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gcompress {

enum class DataType : std::int32_t {
  kUndefined = 0,
  kFloat32 = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kFloat64 = 11,
  kUint32 = 12,
  kUint64 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kBfloat16 = 16,
  kFloat8e4m3fn = 17,
  kFloat8e4m3fnuz = 18,
  kFloat8e5m2 = 19,
  kFloat8e5m2fnuz = 20,
  kUint4 = 21,
  kInt4 = 22,
  kFloat4e2m1 = 23,
  kFloat8e8m0 = 24,
  kUint2 = 25,
  kInt2 = 26,
};

// Dimensions of a tensor, outermost first. A scalar has none.
using Shape = std::vector<std::int64_t>;

// Bits of one element; 0 for kUndefined and kString, which have no fixed size.
int bits_of(DataType dtype);

// ONNX's short name: "float", "int64", "bfloat16"; "type 99" for a number we do not know.
std::string name_of(DataType dtype);

// True for float16, bfloat16, float32 and float64: the types that weights are trained in.
bool is_floating(DataType dtype);

// Product of the dimensions. Throws Error(kInput) on a negative dimension or overflow.
std::int64_t element_count(const Shape& shape);

// Bytes of `count` elements, sub-byte types packed and rounded up. Throws Error(kInput) on overflow
// and for types without a fixed size.
std::size_t byte_count(DataType dtype, std::int64_t count);

// "[1, 3, 224, 224]"
std::string to_string(const Shape& shape);

// The DataType of a C++ element type.
template <typename T>
constexpr DataType data_type_of();
template <>
constexpr DataType data_type_of<float>() {
  return DataType::kFloat32;
}
template <>
constexpr DataType data_type_of<double>() {
  return DataType::kFloat64;
}
template <>
constexpr DataType data_type_of<std::int64_t>() {
  return DataType::kInt64;
}
template <>
constexpr DataType data_type_of<std::int32_t>() {
  return DataType::kInt32;
}
template <>
constexpr DataType data_type_of<std::int16_t>() {
  return DataType::kInt16;
}
template <>
constexpr DataType data_type_of<std::int8_t>() {
  return DataType::kInt8;
}
template <>
constexpr DataType data_type_of<std::uint64_t>() {
  return DataType::kUint64;
}
template <>
constexpr DataType data_type_of<std::uint32_t>() {
  return DataType::kUint32;
}
template <>
constexpr DataType data_type_of<std::uint16_t>() {
  return DataType::kUint16;
}
template <>
constexpr DataType data_type_of<std::uint8_t>() {
  return DataType::kUint8;
}
template <>
constexpr DataType data_type_of<bool>() {
  return DataType::kBool;
}

}  // namespace gcompress

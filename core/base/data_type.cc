// Element types: names, sizes and checked arithmetic on shapes.
#include "gcompress/core/base/data_type.h"

#include <array>
#include <limits>

#include "gcompress/core/base/error.h"

namespace gcompress {
namespace {

struct TypeRow {
  const char* name;
  int bits;
};

// Indexed by the DataType's number.
constexpr std::array<TypeRow, 27> kTypes = {{
    {"undefined", 0},      {"float", 32},       {"uint8", 8},          {"int8", 8},
    {"uint16", 16},        {"int16", 16},       {"int32", 32},         {"int64", 64},
    {"string", 0},         {"bool", 8},         {"float16", 16},       {"double", 64},
    {"uint32", 32},        {"uint64", 64},      {"complex64", 64},     {"complex128", 128},
    {"bfloat16", 16},      {"float8e4m3fn", 8}, {"float8e4m3fnuz", 8}, {"float8e5m2", 8},
    {"float8e5m2fnuz", 8}, {"uint4", 4},        {"int4", 4},           {"float4e2m1", 4},
    {"float8e8m0", 8},     {"uint2", 2},        {"int2", 2},
}};

const TypeRow* row_of(DataType dtype) {
  const auto number = static_cast<std::int32_t>(dtype);
  if (number < 0 || number >= static_cast<std::int32_t>(kTypes.size())) return nullptr;
  return &kTypes[static_cast<std::size_t>(number)];
}

}  // namespace

int bits_of(DataType dtype) {
  const TypeRow* row = row_of(dtype);
  return row == nullptr ? 0 : row->bits;
}

std::string name_of(DataType dtype) {
  const TypeRow* row = row_of(dtype);
  if (row != nullptr) return row->name;
  return "type " + std::to_string(static_cast<std::int32_t>(dtype));
}

bool is_floating(DataType dtype) {
  return dtype == DataType::kFloat32 || dtype == DataType::kFloat16 ||
         dtype == DataType::kBfloat16 || dtype == DataType::kFloat64;
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 0) throw_input("the shape " + to_string(shape) + " has a negative dimension");
    if (__builtin_mul_overflow(count, dim, &count)) {
      throw_input("the shape " + to_string(shape) + " has more elements than 2^63");
    }
  }
  return count;
}

std::size_t byte_count(DataType dtype, std::int64_t count) {
  const int bits = bits_of(dtype);
  if (bits == 0) throw_input("elements of type " + name_of(dtype) + " have no fixed size");
  if (count < 0 || count > std::numeric_limits<std::int64_t>::max() / bits) {
    throw_input(std::to_string(count) + " elements of type " + name_of(dtype) + " are too many");
  }
  return static_cast<std::size_t>((count * bits + 7) / 8);
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace gcompress

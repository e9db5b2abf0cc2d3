#include "gcompress/core/kernels/cuda/values.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>

#include "gcompress/core/base/error.h"

namespace gcompress::cuda {

std::size_t bytes_of(ValueType type) {
  return type == ValueType::kFloat ? 4 : type == ValueType::kInt8 ? 1 : 2;
}

float rounded(float value, ValueType type) {
  switch (type) {
    case ValueType::kFloat:
      return value;
    case ValueType::kHalf:
      return static_cast<float>(Eigen::half(value));
    case ValueType::kBfloat16:
      return static_cast<float>(Eigen::bfloat16(value));
    case ValueType::kInt8:
      return std::clamp(std::nearbyint(value), -127.0F, 127.0F);
  }
  return value;
}

std::uint16_t bits_of(float value, ValueType type) {
  GCOMPRESS_CHECK(type == ValueType::kHalf || type == ValueType::kBfloat16);
  return type == ValueType::kHalf ? Eigen::half(value).x : Eigen::bfloat16(value).value;
}

std::vector<std::byte> encode(std::span<const float> values, ValueType type) {
  std::vector<std::byte> bytes(values.size() * bytes_of(type));
  std::byte* to = bytes.data();
  const auto append = [&](auto value) {
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
  };
  for (const float value : values) {
    switch (type) {
      case ValueType::kFloat:
        append(value);
        break;
      case ValueType::kHalf:
        append(Eigen::half(value).x);
        break;
      case ValueType::kBfloat16:
        append(Eigen::bfloat16(value).value);
        break;
      case ValueType::kInt8:
        append(static_cast<std::int8_t>(rounded(value, type)));
        break;
    }
  }
  return bytes;
}

}  // namespace gcompress::cuda

// Number formats of stored weights, and the end of a layer, that several CUDA kernels share.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace gcompress::cuda {

enum class ValueType { kFloat, kHalf, kBfloat16, kInt8 };

std::size_t bytes_of(ValueType type);

// The value after it went through the format (to nearest, ties to even; kInt8: -127 to 127).
float rounded(float value, ValueType type);

// The 16 bits of a value in kHalf or kBfloat16.
std::uint16_t bits_of(float value, ValueType type);

// Values one behind the other in their format.
std::vector<std::byte> encode(std::span<const float> values, ValueType type);

// A dense weight, row-major [rows][columns].
struct DenseMatrix {
  std::span<const float> values;
  int rows = 0;
  int columns = 0;

  float at(int row, int column) const {
    return values[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                  static_cast<std::size_t>(column)];
  }
};

// y = x w^T and what follows. Addresses are on the device.
template <class X>
struct LinearOf {
  const X* x = nullptr;  // [samples][columns], x_stride elements from one sample to the next
  float* y = nullptr;    // [samples][rows]
  int samples = 0;
  std::int64_t x_stride = 0;
  std::int64_t y_stride = 0;
  const float* bias = nullptr;  // [rows], or null for none
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};
using Linear = LinearOf<float>;
using Int8Linear = LinearOf<std::int8_t>;
using HalfLinear = LinearOf<std::uint16_t>;  // x in the 16 bits of the weight's format

// The columns of a product may be computed in parts by different blocks, whose sums a second launch
// adds.
struct Parts {
  int count = 1;
  float* sums = nullptr;  // [count][samples][rows] on the device, where count is more than 1
};

}  // namespace gcompress::cuda

// Number formats of stored weights, and the end of a layer, that several CUDA kernels share.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace gcompress::cuda {

enum class ValueType { kFloat, kHalf, kBfloat16 };

std::size_t bytes_of(ValueType type);

// The value after it went through the format (to nearest, ties to even).
float rounded(float value, ValueType type);

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
struct Linear {
  const float* x = nullptr;  // [samples][columns], x_stride floats from one sample to the next
  float* y = nullptr;        // [samples][rows]
  int samples = 0;
  std::int64_t x_stride = 0;
  std::int64_t y_stride = 0;
  const float* bias = nullptr;  // [rows], or null for none
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

}  // namespace gcompress::cuda

// What the tests of the kernels for tensor cores share: both compute the same from the same inputs.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "gcompress/core/kernels/cuda/values.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda {

struct TensorCase {
  int rows;
  int columns;
  int samples;
  double density = 0.1;
  ValueType type = ValueType::kHalf;
  bool integers = true;
  int parts = 1;
  int y_padding = 0;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool bias = true;
};

inline std::string name_of(const TensorCase& c) {
  return std::to_string(c.rows) + "x" + std::to_string(c.columns) + ", samples " +
         std::to_string(c.samples) + ", parts " + std::to_string(c.parts) + ", type " +
         std::to_string(static_cast<int>(c.type));
}

// Runs `multiply(weight, linear, parts)` on inputs made for the case and compares with the naive
// product.
inline void check_tensor_case(
    const TensorCase& c,
    const std::function<void(const OwnedMatrix&, const HalfLinear&, const Parts&)>& multiply) {
  const auto weight = sparse_matrix(c.rows, c.columns, c.density, c.type, c.integers, 1);
  const int stride = (c.columns + 7) / 8 * 8;
  // Between the columns and the stride nothing may be read: infinities there would show.
  std::vector<float> x =
      inputs(static_cast<std::size_t>(stride) * static_cast<std::size_t>(c.samples), c.integers, 2);
  std::vector<std::uint16_t> x_bits;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = rounded(x[i], c.type);
    if (i % static_cast<std::size_t>(stride) >= static_cast<std::size_t>(c.columns)) {
      x[i] = std::numeric_limits<float>::infinity();
    }
    x_bits.push_back(bits_of(x[i], c.type));
  }
  const auto bias = inputs(static_cast<std::size_t>(c.rows), c.integers, 3);
  const auto outputs = static_cast<std::size_t>(c.rows) * static_cast<std::size_t>(c.samples);
  const auto y_stride = static_cast<std::size_t>(c.rows + c.y_padding);
  const Array<std::uint16_t> device_x(x_bits);
  const Array<float> device_bias(bias);
  const Array<float> y(std::vector<float>(y_stride * static_cast<std::size_t>(c.samples), -99.0F));
  const Array<float> sums(c.parts > 1 ? outputs * static_cast<std::size_t>(c.parts) : 0);
  multiply(weight,
           {.x = device_x.data(),
            .y = y.data(),
            .samples = c.samples,
            .x_stride = stride,
            .y_stride = static_cast<std::int64_t>(y_stride),
            .bias = c.bias ? device_bias.data() : nullptr,
            .low = c.low,
            .high = c.high},
           {c.parts, c.parts > 1 ? sums.data() : nullptr});
  synchronize(nullptr);
  std::vector<float> got;
  const std::vector<float> all = y.to_host();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % y_stride < static_cast<std::size_t>(c.rows)) {
      got.push_back(all[i]);
    } else {
      EXPECT_EQ(all[i], -99.0F) << "padding was written";
    }
  }
  const Reference expected =
      multiply_naively(weight.view(), {.x = x.data(),
                                       .samples = c.samples,
                                       .x_stride = stride,
                                       .bias = c.bias ? bias.data() : nullptr,
                                       .low = c.low,
                                       .high = c.high});
  expect_near(got, expected, c.integers, name_of(c));
}

}  // namespace gcompress::cuda

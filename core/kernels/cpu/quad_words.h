// Four weights in a word, and codes of sums one by one: for layouts, and for the kernels that run
// everywhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {

inline std::int32_t word_of(const QuadWeights& weights) {
  std::uint32_t word = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(weights[k])) << (8 * k);
  }
  return static_cast<std::int32_t>(word);
}

inline QuadWeights weights_of(std::int32_t word) {
  QuadWeights weights{};
  for (std::size_t k = 0; k < 4; ++k) {
    weights[k] = static_cast<std::int8_t>(static_cast<std::uint32_t>(word) >> (8 * k));
  }
  return weights;
}

inline std::uint8_t plain_rounded(float value, std::uint8_t low, std::uint8_t high) {
  return static_cast<std::uint8_t>(
      std::nearbyint(std::clamp(value, static_cast<float>(low), static_cast<float>(high))));
}

// The code of a sum of row r; `other`: its residual, or null.
inline std::uint8_t plain_code(std::int32_t sum, std::int64_t r, const std::uint8_t* other,
                               const Requantization& finish) {
  const auto zero_point = static_cast<float>(finish.zero_point);
  const float value = std::clamp(static_cast<float>(sum) * finish.scale[r],
                                 static_cast<float>(finish.low) - zero_point,
                                 static_cast<float>(finish.high) - zero_point);
  const auto code = static_cast<std::uint8_t>(std::nearbyint(value) + zero_point);
  if (other == nullptr) return code;
  const float own = std::fma(static_cast<float>(code), finish.own_scale, finish.fixed);
  return plain_rounded(std::fma(static_cast<float>(*other), finish.other_scale, own),
                       finish.add_low, finish.add_high);
}

}  // namespace gcompress::kernels

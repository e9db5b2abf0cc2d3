// The layout of masked rows, the kernel that runs everywhere, and the table of kernels.
#include "gcompress/core/kernels/cpu/quad_vector.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cpu/quad_kernels.h"

namespace gcompress::kernels {
namespace {

constexpr std::int64_t kBlock = 16;

std::int32_t sum_of(const MaskedQuads& weight, std::int64_t r, const std::uint8_t* x,
                    const std::int32_t* bias) {
  std::int32_t sum = bias == nullptr ? 0 : bias[r];
  const std::int32_t* weights = weight.weights.data() + weight.begin[static_cast<std::size_t>(r)];
  for (std::int64_t block = 0; block < weight.blocks; ++block) {
    const unsigned mask = weight.masks[static_cast<std::size_t>(r * weight.blocks + block)];
    for (unsigned q = 0; q < kBlock; ++q) {
      if ((mask >> q & 1U) == 0) continue;
      const auto word = static_cast<std::uint32_t>(*weights++);
      for (unsigned k = 0; k < 4; ++k) {
        sum += static_cast<std::int8_t>(word >> (8 * k)) * x[(kBlock * block + q) * 4 + k];
      }
    }
  }
  return sum;
}

void multiply(const MaskedQuads& weight, RowRange rows, const std::uint8_t* x, std::uint8_t* codes,
              const Requantization& finish) {
  const auto zero_point = static_cast<float>(finish.zero_point);
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const auto sum = static_cast<float>(sum_of(weight, r, x, finish.bias));
    const float value =
        std::clamp(sum * finish.scale[r], static_cast<float>(finish.low) - zero_point,
                   static_cast<float>(finish.high) - zero_point);
    *codes++ = static_cast<std::uint8_t>(std::nearbyint(value) + zero_point);
  }
}

void multiply_to_floats(const MaskedQuads& weight, RowRange rows, const std::uint8_t* x, float* y,
                        const Dequantization& finish) {
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    *y++ = static_cast<float>(sum_of(weight, r, x, finish.bias)) * finish.scale[r];
  }
}

constexpr QuadVectorKernel kEverywhere{.name = "plain",
                                       .runs_here = [] { return true; },
                                       .multiply = multiply,
                                       .multiply_to_floats = multiply_to_floats};

}  // namespace

MaskedQuads masked_quads(const QuadRows& rows, std::int64_t quads) {
  GCOMPRESS_CHECK(rows.shared.empty());
  MaskedQuads masked{.rows = rows.rows(), .blocks = (quads + kBlock - 1) / kBlock};
  masked.masks.resize(static_cast<std::size_t>(masked.rows * masked.blocks));
  for (std::int64_t r = 0; r < masked.rows; ++r) {
    const auto row = static_cast<std::size_t>(r);
    for (std::int64_t t = rows.begin[row]; t < rows.begin[row + 1]; ++t) {
      const QuadTap& tap = rows.taps[static_cast<std::size_t>(t)];
      std::uint16_t& mask =
          masked.masks[static_cast<std::size_t>(r * masked.blocks + tap.offset / kBlock)];
      mask = static_cast<std::uint16_t>(mask | 1U << static_cast<unsigned>(tap.offset % kBlock));
      masked.weights.push_back(tap.weights);
    }
    masked.begin.push_back(static_cast<std::int64_t>(masked.weights.size()));
  }
  return masked;
}

std::span<const QuadVectorKernel> quad_vector_kernels() {
  static const std::vector<QuadVectorKernel> kernels = [] {
    std::vector<QuadVectorKernel> built;
    const QuadVectorKernel* fast = avx512_vnni_quad_vector_kernel();
    if (fast != nullptr) built.push_back(*fast);
    built.push_back(kEverywhere);
    return built;
  }();
  return kernels;
}

const QuadVectorKernel* fast_quad_vector_kernel() {
  const QuadVectorKernel* fast = avx512_vnni_quad_vector_kernel();
  return fast != nullptr && fast->runs_here() ? fast : nullptr;
}

}  // namespace gcompress::kernels

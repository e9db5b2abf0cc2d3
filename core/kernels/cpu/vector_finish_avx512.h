// Sums of up to 16 rows in a register to codes or numbers: included inside the target attributes of
// whoever uses it, behind immintrin.h.
#pragma once

#include <hwy/base.h>

#include <cstdint>

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {
namespace {

HWY_INLINE __mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>((1U << static_cast<unsigned>(count)) - 1);
}

// scale (bias + sum) of rows from r on.
HWY_INLINE __m512 scaled_sums(__m512i sum, std::int64_t r, __mmask16 mask, const std::int32_t* bias,
                              const float* scale) {
  if (bias != nullptr) sum = _mm512_add_epi32(sum, _mm512_maskz_loadu_epi32(mask, bias + r));
  return _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_maskz_loadu_ps(mask, scale + r));
}

HWY_INLINE void store_codes(__m512 value, __mmask16 mask, const Requantization& finish,
                            std::uint8_t* codes) {
  const auto zero_point = static_cast<float>(finish.zero_point);
  const __m512 low = _mm512_set1_ps(static_cast<float>(finish.low) - zero_point);
  const __m512 high = _mm512_set1_ps(static_cast<float>(finish.high) - zero_point);
  const __m512i code =
      _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(value, low), high)),
                       _mm512_set1_epi32(finish.zero_point));
  _mm512_mask_cvtepi32_storeu_epi8(codes, mask, code);
}

}  // namespace
}  // namespace gcompress::kernels

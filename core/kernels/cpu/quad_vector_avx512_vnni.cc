// Masked rows times a vector by AVX-512: 16 quads at once, the sums of 16 rows finished together.
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64
#include <algorithm>

#include "gcompress/core/kernels/cpu/avx512_intrinsics.h"

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,popcnt")
#include "gcompress/core/kernels/cpu/vector_finish_avx512.h"

namespace gcompress::kernels {
namespace {

constexpr std::int64_t kRows = 16;

HWY_INLINE __m512i dot(__m512i sum, __m512i inputs, __m512i weights) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(inputs), "v"(weights));
  return sum;
}

// The next weights in the lanes that the mask names.
HWY_INLINE __m512i spread(__mmask16 mask, const std::int32_t*& weights) {
  const __m512i lanes = _mm512_maskz_expandloadu_epi32(mask, weights);
  weights += _mm_popcnt_u32(mask);
  return lanes;
}

HWY_INLINE std::int32_t sum_of(const MaskedQuads& weight, std::int64_t r, const std::uint8_t* x) {
  const std::int32_t* weights = weight.weights.data() + weight.begin[static_cast<std::size_t>(r)];
  const std::uint16_t* masks = weight.masks.data() + r * weight.blocks;
  __m512i even = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();
  std::int64_t block = 0;
  for (; block + 2 <= weight.blocks; block += 2) {
    const __m512i first = spread(masks[block], weights);
    const __m512i second = spread(masks[block + 1], weights);
    even = dot(even, _mm512_loadu_si512(x + 64 * block), first);
    odd = dot(odd, _mm512_loadu_si512(x + 64 * block + 64), second);
  }
  if (block < weight.blocks) {
    even = dot(even, _mm512_loadu_si512(x + 64 * block), spread(masks[block], weights));
  }
  return _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
}

// The sums of up to 16 rows.
HWY_INLINE __m512i sums_of(const MaskedQuads& weight, std::int64_t r, std::int64_t count,
                           const std::uint8_t* x) {
  alignas(64) std::int32_t sums[kRows] = {};
  for (std::int64_t k = 0; k < count; ++k) sums[k] = sum_of(weight, r + k, x);
  return _mm512_load_si512(sums);
}

void multiply(const MaskedQuads& weight, RowRange rows, const std::uint8_t* x, std::uint8_t* codes,
              const Requantization& finish) {
  for (std::int64_t r = rows.begin; r < rows.end; r += kRows) {
    const std::int64_t count = std::min(kRows, rows.end - r);
    const __mmask16 mask = first_lanes(count);
    const __m512i sums = sums_of(weight, r, count, x);
    store_codes(scaled_sums(sums, r, mask, finish.bias, finish.scale), mask, finish,
                codes + (r - rows.begin));
  }
}

void multiply_to_floats(const MaskedQuads& weight, RowRange rows, const std::uint8_t* x, float* y,
                        const Dequantization& finish) {
  for (std::int64_t r = rows.begin; r < rows.end; r += kRows) {
    const std::int64_t count = std::min(kRows, rows.end - r);
    const __mmask16 mask = first_lanes(count);
    _mm512_mask_storeu_ps(
        y + (r - rows.begin), mask,
        scaled_sums(sums_of(weight, r, count, x), r, mask, finish.bias, finish.scale));
  }
}

bool runs_here() { return avx512_vnni_quad_kernel()->runs_here(); }

constexpr QuadVectorKernel kKernel{.name = "AVX-512 VNNI",
                                   .runs_here = runs_here,
                                   .multiply = multiply,
                                   .multiply_to_floats = multiply_to_floats};

}  // namespace

const QuadVectorKernel* avx512_vnni_quad_vector_kernel() { return &kKernel; }

}  // namespace gcompress::kernels
HWY_POP_ATTRIBUTES
#else
namespace gcompress::kernels {
const QuadVectorKernel* avx512_vnni_quad_vector_kernel() { return nullptr; }
}  // namespace gcompress::kernels
#endif

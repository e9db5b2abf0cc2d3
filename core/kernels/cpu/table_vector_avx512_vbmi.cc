// Tables by vpermb of AVX-512 VBMI, products by vpdpbusd.
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64
#include <algorithm>

#include "gcompress/core/kernels/cpu/avx512_intrinsics.h"

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vnni")
#include "gcompress/core/kernels/cpu/vector_finish_avx512.h"

namespace gcompress::kernels {
namespace {

constexpr std::int64_t kRows = 16;

HWY_INLINE __m512i step(const TableRows& weight, std::int64_t s, const std::uint8_t* x,
                        __m512i sum) {
  const std::int32_t block = weight.block[static_cast<std::size_t>(s)];
  const __m512i table = _mm512_loadu_si512(x + 64 * static_cast<std::int64_t>(block));
  const __m512i inputs =
      _mm512_permutexvar_epi8(_mm512_loadu_si512(weight.places.data() + 64 * s), table);
  const __m512i weights = _mm512_loadu_si512(weight.weights.data() + 64 * s);
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(inputs), "v"(weights));
  return sum;
}

// Of the 16 rows from r on.
HWY_INLINE __m512i sums_of(const TableRows& weight, std::int64_t r, const std::uint8_t* x) {
  const auto group = static_cast<std::size_t>(r / kRows);
  const std::int64_t end = weight.begin[group + 1];
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                     _mm512_setzero_si512()};
  std::int64_t s = weight.begin[group];
  for (; s + 4 <= end; s += 4) {
    for (int k = 0; k < 4; ++k) sums[k] = step(weight, s + k, x, sums[k]);
  }
  for (; s < end; ++s) sums[0] = step(weight, s, x, sums[0]);
  return _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
}

void multiply(const TableRows& weight, RowRange rows, const std::uint8_t* x, std::uint8_t* codes,
              const Requantization& finish) {
  for (std::int64_t r = rows.begin; r < rows.end; r += kRows) {
    const __mmask16 mask = first_lanes(std::min(kRows, rows.end - r));
    const __m512 value = scaled_sums(sums_of(weight, r, x), r, mask, finish.bias, finish.scale);
    store_codes(value, mask, finish, codes + (r - rows.begin));
  }
}

void multiply_to_floats(const TableRows& weight, RowRange rows, const std::uint8_t* x, float* y,
                        const Dequantization& finish) {
  for (std::int64_t r = rows.begin; r < rows.end; r += kRows) {
    const __mmask16 mask = first_lanes(std::min(kRows, rows.end - r));
    _mm512_mask_storeu_ps(y + (r - rows.begin), mask,
                          scaled_sums(sums_of(weight, r, x), r, mask, finish.bias, finish.scale));
  }
}

bool runs_here() {
  return __builtin_cpu_supports("avx512vbmi") && avx512_vnni_quad_kernel()->runs_here();
}

constexpr TableVectorKernel kKernel{.name = "AVX-512 VBMI",
                                    .runs_here = runs_here,
                                    .multiply = multiply,
                                    .multiply_to_floats = multiply_to_floats};

}  // namespace

const TableVectorKernel* avx512_vbmi_table_vector_kernel() { return &kKernel; }

}  // namespace gcompress::kernels
HWY_POP_ATTRIBUTES
#else
namespace gcompress::kernels {
const TableVectorKernel* avx512_vbmi_table_vector_kernel() { return nullptr; }
}  // namespace gcompress::kernels
#endif

// Sparse rows over quads with vpdpbusd of AVX-512 VNNI, 64 bytes at once. Intrinsics, since Highway
// 1.0.3 does not know the instruction.
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64
// GCC 12's header of AVX-512 begins with values that it leaves undefined on purpose, and warns.
#if HWY_COMPILER_GCC && !HWY_COMPILER_CLANG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif

#include <algorithm>

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
#include "gcompress/core/kernels/cpu/quad_rows_algorithm.h"

namespace gcompress::kernels {
namespace {

struct Avx512Vnni {
  using Ints = __m512i;
  using Floats = __m512;
  using Mask = __mmask16;
  static constexpr int kLanes = 16;
  static constexpr int kVectors = 8;
  static constexpr int kSharingVectors = 6;

  static HWY_INLINE Ints zero() { return _mm512_setzero_si512(); }
  static HWY_INLINE Ints broadcast(std::int32_t value) { return _mm512_set1_epi32(value); }
  static HWY_INLINE Floats set(float value) { return _mm512_set1_ps(value); }
  static HWY_INLINE Mask first(std::int64_t lanes) {
    return static_cast<Mask>((1U << static_cast<unsigned>(lanes)) - 1);
  }
  static HWY_INLINE Ints load(const void* from) { return _mm512_loadu_si512(from); }
  static HWY_INLINE Ints load_part(const void* from, Mask mask) {
    return _mm512_maskz_loadu_epi32(mask, from);
  }
  static HWY_INLINE void store(void* to, Ints value) { _mm512_storeu_si512(to, value); }
  static HWY_INLINE void store_part(void* to, Ints value, Mask mask) {
    _mm512_mask_storeu_epi32(to, mask, value);
  }
  // _mm512_dpbusd_epi32, for which GCC 12 copies the sum to another register and back every time.
  static HWY_INLINE Ints dot(Ints sum, Ints inputs, Ints weights) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(inputs), "v"(weights));
    return sum;
  }
  static HWY_INLINE Ints add(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
  static HWY_INLINE Floats to_floats(Ints a) { return _mm512_cvtepi32_ps(a); }
  static HWY_INLINE Ints to_ints(Floats a) { return _mm512_cvtps_epi32(a); }
  static HWY_INLINE Ints bits_of(Floats a) { return _mm512_castps_si512(a); }
  static HWY_INLINE Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static HWY_INLINE Floats multiply_add(Floats a, Floats b, Floats c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  static HWY_INLINE Floats min(Floats a, Floats b) { return _mm512_min_ps(a, b); }
  static HWY_INLINE Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
  // Byte r of each lane as an integer, and with byte r, 0 so far, set to a code.
  static HWY_INLINE Ints byte_of(Ints a, int r) {
    const __m128i shift = _mm_cvtsi32_si128(8 * r);
    return _mm512_and_si512(_mm512_srl_epi32(a, shift), _mm512_set1_epi32(255));
  }
  static HWY_INLINE Ints with_byte(Ints a, Ints code, int r) {
    return _mm512_or_si512(a, _mm512_sll_epi32(code, _mm_cvtsi32_si128(8 * r)));
  }
};

bool runs_here() {
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

constexpr QuadKernel kKernel{.name = "AVX-512 VNNI",
                             .runs_here = runs_here,
                             .wants_split_pairs = false,
                             .multiply = multiply<Avx512Vnni>,
                             .multiply_to_floats = multiply_to_floats<Avx512Vnni>};

}  // namespace

const QuadKernel* avx512_vnni_quad_kernel() { return &kKernel; }

}  // namespace gcompress::kernels
HWY_POP_ATTRIBUTES
#else
namespace gcompress::kernels {
const QuadKernel* avx512_vnni_quad_kernel() { return nullptr; }
}  // namespace gcompress::kernels
#endif

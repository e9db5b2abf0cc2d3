// Vectors of 64 bytes for the algorithms over quads, with vpdpbusd of AVX-512 VNNI: included inside
// the target attributes of whoever uses them, behind immintrin.h.
#pragma once

#include <hwy/base.h>

#include <cstdint>

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
  // Parts of 128 bits. The same one everywhere; of 128 bytes, every second one; in each, four bytes
  // of four things become four things of four bytes.
  static HWY_INLINE Ints broadcast_part(const std::int32_t* from) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static HWY_INLINE Floats broadcast_part(const float* from) {
    return _mm512_broadcast_f32x4(_mm_loadu_ps(from));
  }
  static HWY_INLINE Ints every_second_part(const std::uint8_t* from) {
    return _mm512_shuffle_i64x2(load(from), load(from + 64), 0x88);
  }
  static HWY_INLINE Ints transposed(Ints a) {
    return _mm512_shuffle_epi8(a,
                               _mm512_set4_epi32(0x0F0B0703, 0x0E0A0602, 0x0D090501, 0x0C080400));
  }
  // Saturating, part by part.
  static HWY_INLINE Ints narrow_to_16(Ints a, Ints b) { return _mm512_packs_epi32(a, b); }
  static HWY_INLINE Ints narrow_to_8(Ints a, Ints b) { return _mm512_packus_epi16(a, b); }
  static HWY_INLINE Ints add_16(Ints a, Ints b) { return _mm512_adds_epi16(a, b); }
  static HWY_INLINE Ints min_8(Ints a, Ints b) { return _mm512_min_epu8(a, b); }
  static HWY_INLINE Ints max_8(Ints a, Ints b) { return _mm512_max_epu8(a, b); }
};

}  // namespace
}  // namespace gcompress::kernels

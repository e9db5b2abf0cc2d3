// Vectors of 32 bytes for quad_rows_algorithm.h, all but the dot product: included inside the
// target attributes of whoever adds that.
#pragma once

#include <hwy/base.h>
#include <immintrin.h>

#include <array>
#include <cstdint>

namespace gcompress::kernels {
namespace {

struct Avx2Vectors {
  using Ints = __m256i;
  using Floats = __m256;
  using Mask = __m256i;
  static constexpr int kLanes = 8;
  static constexpr int kVectors = 4;  // of 16 registers, as many for the packed outputs
  static constexpr int kSharingVectors = 2;

  static HWY_INLINE Ints zero() { return _mm256_setzero_si256(); }
  static HWY_INLINE Ints broadcast(std::int32_t value) { return _mm256_set1_epi32(value); }
  static HWY_INLINE Floats set(float value) { return _mm256_set1_ps(value); }
  static HWY_INLINE Mask first(std::int64_t lanes) {
    const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(lanes)), places);
  }
  static HWY_INLINE Ints load(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  static HWY_INLINE Ints load_part(const void* from, Mask mask) {
    return _mm256_maskload_epi32(static_cast<const int*>(from), mask);
  }
  static HWY_INLINE void store(void* to, Ints value) {
    _mm256_storeu_si256(static_cast<__m256i*>(to), value);
  }
  static HWY_INLINE void store_part(void* to, Ints value, Mask mask) {
    _mm256_maskstore_epi32(static_cast<int*>(to), mask, value);
  }
  static HWY_INLINE Ints add(Ints a, Ints b) { return _mm256_add_epi32(a, b); }
  static HWY_INLINE Floats to_floats(Ints a) { return _mm256_cvtepi32_ps(a); }
  static HWY_INLINE Ints to_ints(Floats a) { return _mm256_cvtps_epi32(a); }
  static HWY_INLINE Ints bits_of(Floats a) { return _mm256_castps_si256(a); }
  static HWY_INLINE Floats multiply(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
  static HWY_INLINE Floats multiply_add(Floats a, Floats b, Floats c) {
    return _mm256_fmadd_ps(a, b, c);
  }
  static HWY_INLINE Floats min(Floats a, Floats b) { return _mm256_min_ps(a, b); }
  static HWY_INLINE Floats max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
  static HWY_INLINE Ints byte_of(Ints a, int r) {
    const __m128i shift = _mm_cvtsi32_si128(8 * r);
    return _mm256_and_si256(_mm256_srl_epi32(a, shift), _mm256_set1_epi32(255));
  }
  static HWY_INLINE Ints with_byte(Ints a, Ints code, int r) {
    return _mm256_or_si256(a, _mm256_sll_epi32(code, _mm_cvtsi32_si128(8 * r)));
  }
  // Parts of 128 bits. The same one everywhere; of 64 bytes, every second one; in each, four bytes
  // of four things become four things of four bytes.
  static HWY_INLINE Ints broadcast_part(const std::int32_t* from) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static HWY_INLINE Floats broadcast_part(const float* from) {
    const __m128 part = _mm_loadu_ps(from);
    return _mm256_set_m128(part, part);
  }
  static HWY_INLINE Ints every_second_part(const std::uint8_t* from) {
    return _mm256_permute2x128_si256(load(from), load(from + 32), 0x20);
  }
  static HWY_INLINE Ints transposed(Ints a) {
    return _mm256_shuffle_epi8(
        a, _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1, 5,
                            9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  }
  // Saturating, part by part.
  static HWY_INLINE Ints narrow_to_16(Ints a, Ints b) { return _mm256_packs_epi32(a, b); }
  static HWY_INLINE Ints narrow_to_8(Ints a, Ints b) { return _mm256_packus_epi16(a, b); }
  static HWY_INLINE Ints add_16(Ints a, Ints b) { return _mm256_adds_epi16(a, b); }
  static HWY_INLINE Ints min_8(Ints a, Ints b) { return _mm256_min_epu8(a, b); }
  static HWY_INLINE Ints max_8(Ints a, Ints b) { return _mm256_max_epu8(a, b); }
};

}  // namespace
}  // namespace gcompress::kernels

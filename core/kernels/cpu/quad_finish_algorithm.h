// From sums to codes of the output, once for every instruction set: included by the files that
// define the vectors of one, inside their target attributes (quad_rows_algorithm.h).
#pragma once

#include <hwy/base.h>

#include <cstdint>

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {
namespace {

// A row's limits and scales, one in each lane.
template <class S>
struct Rounding {
  typename S::Floats scale, low, high;
  typename S::Ints zero_point;
};

template <class S>
HWY_INLINE typename S::Ints rounded(typename S::Floats value, typename S::Floats low,
                                    typename S::Floats high) {
  return S::to_ints(S::min(S::max(value, low), high));
}

template <class S>
HWY_INLINE typename S::Ints code_of(typename S::Ints sum, const Rounding<S>& by) {
  const typename S::Floats value = S::multiply(S::to_floats(sum), by.scale);
  return S::add(rounded<S>(value, by.low, by.high), by.zero_point);
}

// With the residual's codes, byte r of `others`.
template <class S>
HWY_INLINE typename S::Ints added_to(typename S::Ints code, typename S::Ints others, int r,
                                     const Requantization& finish) {
  const typename S::Floats other = S::to_floats(S::byte_of(others, r));
  const typename S::Floats own =
      S::multiply_add(S::to_floats(code), S::set(finish.own_scale), S::set(finish.fixed));
  const typename S::Floats sum = S::multiply_add(other, S::set(finish.other_scale), own);
  return rounded<S>(sum, S::set(finish.add_low), S::set(finish.add_high));
}

// What four vectors of sums that are packed together have in common.
template <class S>
struct PackedRounding {
  typename S::Floats high;       // less the zero point, so that no sum leaves 32 bits
  typename S::Ints zero_point;   // of 16 bits each
  typename S::Ints least, most;  // of 8 bits each
};

template <class S>
HWY_INLINE PackedRounding<S> packed_rounding(const Requantization& finish) {
  return {.high = S::set(static_cast<float>(finish.high) - static_cast<float>(finish.zero_point)),
          .zero_point = S::broadcast(0x00010001 * finish.zero_point),
          .least = S::broadcast(static_cast<std::int32_t>(0x01010101U * finish.low)),
          .most = S::broadcast(static_cast<std::int32_t>(0x01010101U * finish.high))};
}

// A sum as a code less the zero point, as yet without its lower limit.
template <class S>
HWY_INLINE typename S::Ints level_of(typename S::Ints sum, typename S::Floats scale,
                                     const PackedRounding<S>& by) {
  return S::to_ints(S::min(S::multiply(S::to_floats(sum), scale), by.high));
}

// Levels as bytes: of each part of 128 bits four of `a`, then four of `b`, `c` and `d`.
template <class S>
HWY_INLINE typename S::Ints packed_codes(typename S::Ints a, typename S::Ints b, typename S::Ints c,
                                         typename S::Ints d, const PackedRounding<S>& by) {
  const typename S::Ints ab = S::add_16(S::narrow_to_16(a, b), by.zero_point);
  const typename S::Ints cd = S::add_16(S::narrow_to_16(c, d), by.zero_point);
  return S::max_8(S::min_8(S::narrow_to_8(ab, cd), by.most), by.least);
}

}  // namespace
}  // namespace gcompress::kernels

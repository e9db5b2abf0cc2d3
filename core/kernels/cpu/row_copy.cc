// Copying rows, once for every instruction set (Highway).
#include "gcompress/core/kernels/cpu/row_copy.h"

#include <algorithm>

// Masks in a structure have a size that the compiler must know; below SSE4 plain code does.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/row_copy.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// A vector of every step-th float, all of which and of what lies between may be read.
template <int step>
HWY_INLINE Vector load_whole(const float* from) {
  const Floats d;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (step == 2) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    return hn::ConcatEven(d, hn::LoadU(d, from + lanes), hn::LoadU(d, from));
  }
#endif
  return hn::LoadU(d, from);
}

// The last elements of rows, which masks keep within what may be read and written: made once for
// all rows.
template <int step>
class Rest {
 public:
  explicit Rest(std::int64_t count)
      : count_(count),
        written_(first(count)),
        low_(first(step * (count - 1) + 1)),
        high_(first(step * (count - 1) + 1 - static_cast<std::int64_t>(hn::Lanes(Floats())))) {}

  HWY_INLINE void copy(const float* from, float* to) const {
    if (count_ == 0) return;
#if HWY_MEM_OPS_MIGHT_FAULT || HWY_TARGET == HWY_SCALAR  // masked loads would read beyond the end
    for (std::int64_t i = 0; i < count_; ++i) to[i] = from[i * step];
#else
    const Floats d;
    Vector value = hn::MaskedLoad(low_, d, from);
    if constexpr (step == 2) {
      const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
      value = hn::ConcatEven(d, hn::MaskedLoad(high_, d, from + lanes), value);
    }
    hn::BlendedStore(value, written_, d, to);
#endif
  }

 private:
  static HWY_INLINE hn::Mask<Floats> first(std::int64_t count) {
    const Floats d;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    return hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, lanes)));
  }

  std::int64_t count_;
  hn::Mask<Floats> written_, low_, high_;
};

template <int step>
void copy_steps(const RowCopy& rows) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  // Vectors of inputs may not end behind the last element that is wanted.
  const std::int64_t whole = (rows.count - (step - 1)) / lanes * lanes;
  const Rest<step> rest(rows.count - whole);
  const float* from = rows.from;
  float* to = rows.to;
  for (std::int64_t r = 0; r < rows.rows; ++r, from += rows.from_row, to += rows.to_row) {
    for (std::int64_t i = 0; i < whole; i += lanes) {
      hn::StoreU(load_whole<step>(from + i * step), d, to + i);
    }
    rest.copy(from + whole * step, to + whole);
  }
}

void copy(const RowCopy& rows) {
  if (rows.count <= 0) return;
  if (rows.step == 1) return copy_steps<1>(rows);
#if HWY_TARGET != HWY_SCALAR
  if (rows.step == 2) return copy_steps<2>(rows);
#endif
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    const float* from = rows.from + r * rows.from_row;
    float* to = rows.to + r * rows.to_row;
    for (std::int64_t i = 0; i < rows.count; ++i) to[i] = from[i * rows.step];
  }
}

}  // namespace gcompress::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::kernels {

HWY_EXPORT(copy);

void copy_rows(const RowCopy& rows) { HWY_DYNAMIC_DISPATCH(copy)(rows); }

}  // namespace gcompress::kernels
#endif

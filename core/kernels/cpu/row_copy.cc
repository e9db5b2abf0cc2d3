// Copying rows, once for every instruction set (Highway).
#include "gcompress/core/kernels/cpu/row_copy.h"

#include <algorithm>

#define HWY_DISABLED_TARGETS HWY_SSSE3  // below SSE4 plain code does
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/row_copy.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// `count` elements, no more than a vector has, `step` apart.
HWY_INLINE void copy_part(const float* from, std::int64_t step, std::int64_t count, float* to) {
#if !HWY_MEM_OPS_MIGHT_FAULT && HWY_TARGET != HWY_SCALAR
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto first = [&](std::int64_t n) HWY_ATTR {
    return hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(n, 0, lanes)));
  };
  if (step == 1) {
    return hn::BlendedStore(hn::MaskedLoad(first(count), d, from), first(count), d, to);
  }
  if (step == 2) {
    const std::int64_t read = 2 * count - 1;
    const Vector low = hn::MaskedLoad(first(read), d, from);
    const Vector high = hn::MaskedLoad(first(read - lanes), d, from + lanes);
    return hn::BlendedStore(hn::ConcatEven(d, high, low), first(count), d, to);
  }
#endif
  for (std::int64_t i = 0; i < count; ++i) to[i] = from[i * step];
}

void copy(const RowCopy& rows) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    const float* from = rows.from + r * rows.from_row;
    float* to = rows.to + r * rows.to_row;
    std::int64_t i = 0;
    if (rows.step == 1) {
      for (; i + lanes <= rows.count; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    }
    for (; i < rows.count; i += lanes) {
      copy_part(from + i * rows.step, rows.step, std::min(lanes, rows.count - i), to + i);
    }
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

// Transposing by strips of four columns that stay in registers, once for every instruction set
// (Highway).
#include "gcompress/core/kernels/cpu/transpose.h"

#include <algorithm>

// Vectors in arrays have a size that the compiler must know; below SSE4 plain code does.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/transpose.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
constexpr std::int64_t kRows = 4;

template <std::int64_t rows>
HWY_INLINE void strip(const float* from, std::int64_t from_row, float* to, std::int64_t to_row) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) to[j * to_row + i] = from[i * from_row + j];
  }
}
#else
constexpr std::int64_t kRows = HWY_MAX_BYTES / static_cast<std::int64_t>(sizeof(float)) < 16
                                   ? HWY_MAX_BYTES / static_cast<std::int64_t>(sizeof(float))
                                   : 16;

// Four floats of each of the rows 0, 4, 8 and so on, as many as a vector takes.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* from, std::int64_t from_row) {
  if constexpr (hn::MaxLanes(D()) <= 4) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    constexpr auto kHalf = static_cast<std::int64_t>(hn::MaxLanes(half));
    return hn::Combine(d, load_blocks(half, from + kHalf * from_row, from_row),
                       load_blocks(half, from, from_row));
  }
}

// Four columns of `rows` rows, to four whole vectors: in each block of 128 bits a square of 4 x 4.
template <std::int64_t rows>
HWY_INLINE void strip(const float* from, std::int64_t from_row, float* to, std::int64_t to_row) {
  const hn::FixedTag<float, rows> d;
  const hn::Repartition<std::uint64_t, decltype(d)> pairs;
  const auto a = load_blocks(d, from, from_row);
  const auto b = load_blocks(d, from + from_row, from_row);
  const auto c = load_blocks(d, from + 2 * from_row, from_row);
  const auto e = load_blocks(d, from + 3 * from_row, from_row);
  const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
  const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
  const auto ce_low = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
  const auto ce_high = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ce_low)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ce_low)), d, to + to_row);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ce_high)), d, to + 2 * to_row);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ce_high)), d, to + 3 * to_row);
}
#endif

// to[j to_row + i] = from[i from_row + j], i < rows, j < columns.
void transpose_part(const float* from, std::int64_t from_row, std::int64_t rows,
                    std::int64_t columns, float* to, std::int64_t to_row) {
  // Rows that are read together, so that their lines stay near: the more, the longer are the pieces
  // that are written.
  constexpr std::int64_t kNearFloats = 8'192;
  const std::int64_t block = std::clamp<std::int64_t>(kNearFloats / from_row / 16 * 16, 16, 128);
  for (std::int64_t top = 0; top < rows; top += block) {
    const std::int64_t bottom = std::min(rows, top + block);
    std::int64_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      std::int64_t i = top;
      for (; i + kRows <= bottom; i += kRows) {
        strip<kRows>(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
      }
      for (; i + 4 <= bottom; i += 4) {
        strip<4>(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
      }
      for (; i < bottom; ++i) {
        for (std::int64_t k = j; k < j + 4; ++k) to[k * to_row + i] = from[i * from_row + k];
      }
    }
    for (; j < columns; ++j) {
      for (std::int64_t i = top; i < bottom; ++i) to[j * to_row + i] = from[i * from_row + j];
    }
  }
}

}  // namespace gcompress::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::kernels {

HWY_EXPORT(transpose_part);

void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t stride) {
  HWY_DYNAMIC_DISPATCH(transpose_part)(from, from_row, rows, columns, to, stride);
  for (std::int64_t j = 0; j < columns && rows < stride; ++j) {
    std::fill(to + j * stride + rows, to + (j + 1) * stride, 0.0F);
  }
}

void transpose_back(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                    float* to, std::int64_t to_row) {
  HWY_DYNAMIC_DISPATCH(transpose_part)(from, stride, columns, rows, to, to_row);
}

}  // namespace gcompress::kernels
#endif

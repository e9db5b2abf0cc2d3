// Sparse rows over shifted inputs, once for every instruction set (Highway).
#include "gcompress/core/kernels/cpu/tap_rows.h"

#include <algorithm>

// Vectors in arrays have a size that the compiler must know; below SSE4 plain code does.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/tap_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// Vectors of sums that a row keeps in registers: enough to hide the latency of the additions, and
// few enough that they, an input and a value fit.
constexpr int kVectors = HWY_MAX_BYTES >= 64 ? 12 : 8;

struct Row {
  const std::int32_t* offsets;
  const float* values;
  std::int64_t taps;
  const float* x;    // at the first column
  const float* add;  // there, or null
  const std::uint32_t* keep;
  float* y;
  float bias, low, high;
};

Row row_at(const TapRows& weight, std::int64_t r, const float* x, float* y,
           const Epilogue& epilogue) {
  const std::int64_t begin = weight.begin[static_cast<std::size_t>(r)];
  return {.offsets = weight.offsets.data() + begin,
          .values = weight.values.data() + begin,
          .taps = weight.begin[static_cast<std::size_t>(r) + 1] - begin,
          .x = x,
          .add = epilogue.add == nullptr ? nullptr : epilogue.add + r * epilogue.add_stride,
          .keep = epilogue.keep,
          .y = y,
          .bias = epilogue.bias == nullptr ? 0 : epilogue.bias[r],
          .low = epilogue.low,
          .high = epilogue.high};
}

HWY_INLINE Vector finished(Vector sum, Vector added, const Row& row) {
  const Floats d;
  return hn::Min(hn::Max(hn::Add(sum, added), hn::Set(d, row.low)), hn::Set(d, row.high));
}

// `count` whole vectors from column i on. Few vectors take several sums each: an addition has to
// wait for the one before it.
template <int count>
HWY_INLINE void whole_vectors(const Row& row, std::int64_t i) {
  constexpr int kChains = count == 1 ? 8 : count == 2 ? 4 : count <= 4 ? 2 : 1;
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Vector sums[kChains * count];
  for (int v = 0; v < count; ++v) sums[v] = hn::Set(d, row.bias);
  for (int v = count; v < kChains * count; ++v) sums[v] = hn::Zero(d);
  std::int64_t t = 0;
  for (; t + kChains <= row.taps; t += kChains) {
    for (int chain = 0; chain < kChains; ++chain) {
      const Vector value = hn::Set(d, row.values[t + chain]);
      const float* x = row.x + row.offsets[t + chain] + i;
      for (int v = 0; v < count; ++v) {
        Vector& sum = sums[chain * count + v];
        sum = hn::MulAdd(value, hn::LoadU(d, x + v * lanes), sum);
      }
    }
  }
  for (; t < row.taps; ++t) {
    const Vector value = hn::Set(d, row.values[t]);
    const float* x = row.x + row.offsets[t] + i;
    for (int v = 0; v < count; ++v)
      sums[v] = hn::MulAdd(value, hn::LoadU(d, x + v * lanes), sums[v]);
  }
  for (int chain = 1; chain < kChains; ++chain) {
    for (int v = 0; v < count; ++v) sums[v] = hn::Add(sums[v], sums[chain * count + v]);
  }
  for (int v = 0; v < count; ++v) {
    const std::int64_t at = i + v * lanes;
    const Vector added = row.add == nullptr ? hn::Zero(d) : hn::LoadU(d, row.add + at);
    Vector y = finished(sums[v], added, row);
    if (row.keep != nullptr) {
      const hn::RebindToUnsigned<Floats> du;
      y = hn::And(y, hn::BitCast(d, hn::LoadU(du, row.keep + at)));
    }
    hn::StoreU(y, d, row.y + at);
  }
}

template <int count>
HWY_INLINE void at_most(std::int64_t vectors, const Row& row, std::int64_t i) {
  if constexpr (count > 0) {
    if (vectors == count) {
      whole_vectors<count>(row, i);
    } else {
      at_most<count - 1>(vectors, row, i);
    }
  }
}

// The last columns, fewer than a vector.
HWY_INLINE void part_of_a_vector(const Row& row, std::int64_t i, std::int64_t count) {
#if HWY_MEM_OPS_MIGHT_FAULT  // masked loads would read beyond the end
  for (std::int64_t at = i; at < i + count; ++at) {
    float sum = row.bias;
    for (std::int64_t t = 0; t < row.taps; ++t) sum += row.values[t] * row.x[row.offsets[t] + at];
    if (row.add != nullptr) sum += row.add[at];
    row.y[at] = std::clamp(sum, row.low, row.high);
  }
#else
  const Floats d;
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(count));
  Vector sum = hn::Set(d, row.bias);
  for (std::int64_t t = 0; t < row.taps; ++t) {
    const Vector x = hn::MaskedLoad(mask, d, row.x + row.offsets[t] + i);
    sum = hn::MulAdd(hn::Set(d, row.values[t]), x, sum);
  }
  const Vector added = row.add == nullptr ? hn::Zero(d) : hn::MaskedLoad(mask, d, row.add + i);
  hn::BlendedStore(finished(sum, added, row), mask, d, row.y + i);
#endif
}

// `whole` vectors and `rest` columns behind them, of all rows before the next columns, so that
// inputs stay near.
void columns(const TapRows& weight, RowRange rows, const float* x, std::int64_t i,
             std::int64_t whole, std::int64_t rest, float* y, std::int64_t y_stride,
             const Epilogue& epilogue) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Floats()));
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const Row row = row_at(weight, r, x, y + (r - rows.begin) * y_stride, epilogue);
    at_most<kVectors>(whole, row, i);
    if (rest > 0) part_of_a_vector(row, i + whole * lanes, rest);
  }
}

// In tiles of nearly the same number of vectors.
void multiply(const TapRows& weight, RowRange rows, const float* x, std::int64_t n, float* y,
              std::int64_t y_stride, const Epilogue& epilogue) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Floats()));
  const std::int64_t vectors = n / lanes;
  const std::int64_t tiles = std::max<std::int64_t>(1, (vectors + kVectors - 1) / kVectors);
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const std::int64_t begin = vectors * tile / tiles;
    const std::int64_t whole = vectors * (tile + 1) / tiles - begin;
    const std::int64_t rest = tile + 1 == tiles ? n - vectors * lanes : 0;
    columns(weight, rows, x, begin * lanes, whole, rest, y, y_stride, epilogue);
  }
}

}  // namespace gcompress::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::kernels {

HWY_EXPORT(multiply);

void TapRows::add_tap(std::int32_t offset, float value) {
  offsets.push_back(offset);
  values.push_back(value);
}

void TapRows::end_row() { begin.push_back(static_cast<std::int64_t>(offsets.size())); }

void multiply_tap_rows(const TapRows& weight, RowRange rows, const float* x, std::int64_t n,
                       float* y, std::int64_t y_stride, const Epilogue& epilogue) {
  HWY_DYNAMIC_DISPATCH(multiply)(weight, rows, x, n, y, y_stride, epilogue);
}

}  // namespace gcompress::kernels
#endif

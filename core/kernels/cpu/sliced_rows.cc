// Sliced rows, once for every instruction set (Highway).
#include "gcompress/core/kernels/cpu/sliced_rows.h"

#include <algorithm>
#include <numeric>

// Vectors in arrays have a size that the compiler must know; below SSE4 plain code does.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/sliced_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET <= HWY_AVX2  // hardware gathers
// The sums of one slice, [16].
HWY_INLINE void sum_slice(const std::uint16_t* columns, const float* values, std::int64_t steps,
                          const float* x, float* sums) {
  const hn::CappedTag<float, kSliceRows> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<std::uint16_t, decltype(d)> narrow;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  constexpr int kVectors = static_cast<int>(kSliceRows / kLanes);
  hn::Vec<decltype(d)> sum[kVectors];
  for (auto& each : sum) each = hn::Zero(d);
  for (std::int64_t step = 0; step < steps; ++step) {
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t at = step * kSliceRows + v * kLanes;
      const auto index = hn::PromoteTo(di, hn::LoadU(narrow, columns + at));
      sum[v] = hn::MulAdd(hn::LoadU(d, values + at), hn::GatherIndex(d, x, index), sum[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) hn::StoreU(sum[v], d, sums + v * kLanes);
}
#else
HWY_INLINE void sum_slice(const std::uint16_t* columns, const float* values, std::int64_t steps,
                          const float* x, float* sums) {
  float sum[kSliceRows] = {};
  for (std::int64_t step = 0; step < steps; ++step) {
    for (std::int64_t lane = 0; lane < kSliceRows; ++lane) {
      const std::int64_t at = step * kSliceRows + lane;
      sum[lane] += values[at] * x[columns[at]];
    }
  }
  std::copy_n(sum, kSliceRows, sums);
}
#endif

void multiply(const SlicedRows& weight, RowRange slices, const float* x, float* y,
              const Epilogue& epilogue) {
  for (std::int64_t slice = slices.begin; slice < slices.end; ++slice) {
    const std::int64_t begin = weight.begin[static_cast<std::size_t>(slice)];
    const std::int64_t steps = weight.begin[static_cast<std::size_t>(slice) + 1] - begin;
    float sums[kSliceRows];
    sum_slice(weight.columns.data() + begin * kSliceRows, weight.values.data() + begin * kSliceRows,
              steps, x, sums);
    const std::int64_t first = slice * kSliceRows;
    const std::int64_t rows = std::min(kSliceRows, weight.rows() - first);
    const std::int64_t filled = weight.filled[static_cast<std::size_t>(slice)];
    for (std::int64_t lane = 0; lane < rows; ++lane) {
      const std::int64_t row = weight.order[static_cast<std::size_t>(first + lane)];
      float sum = lane < filled ? sums[lane] : 0;
      if (epilogue.bias != nullptr) sum += epilogue.bias[row];
      if (epilogue.add != nullptr) sum += epilogue.add[row * epilogue.add_stride];
      y[row] = std::min(std::max(sum, epilogue.low), epilogue.high);
    }
  }
}

}  // namespace gcompress::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::kernels {

HWY_EXPORT(multiply);

namespace {
constexpr std::int64_t kSortedRows = 256;
}

SlicedRows slice_rows(const TapRows& weight) {
  SlicedRows made;
  const auto begin_of = [&](std::int64_t row) {
    return weight.begin[static_cast<std::size_t>(row)];
  };
  const auto taps_of = [&](std::int64_t row) { return begin_of(row + 1) - begin_of(row); };
  made.order.resize(static_cast<std::size_t>(weight.rows()));
  std::iota(made.order.begin(), made.order.end(), 0);
  for (std::int64_t first = 0; first < made.rows(); first += kSortedRows) {
    const auto begin = made.order.begin() + first;
    std::ranges::stable_sort(begin, begin + std::min(kSortedRows, made.rows() - first),
                             std::greater(), taps_of);
  }
  for (std::int64_t first = 0; first < made.rows(); first += kSliceRows) {
    const std::int64_t steps = taps_of(made.order[static_cast<std::size_t>(first)]);
    const std::size_t before = made.values.size();
    made.columns.resize(before + static_cast<std::size_t>(steps * kSliceRows));
    made.values.resize(made.columns.size());
    made.begin.push_back(made.begin.back() + steps);
    made.filled.push_back(0);
    for (std::int64_t lane = 0; lane < std::min(kSliceRows, made.rows() - first); ++lane) {
      const std::int64_t row = made.order[static_cast<std::size_t>(first + lane)];
      const std::int64_t taps = taps_of(row);
      if (taps > 0) ++made.filled.back();
      for (std::int64_t step = 0; step < steps && taps > 0; ++step) {
        const std::size_t at = before + static_cast<std::size_t>(step * kSliceRows + lane);
        const auto tap = static_cast<std::size_t>(begin_of(row) + std::min(step, taps - 1));
        made.columns[at] = static_cast<std::uint16_t>(weight.offsets[tap]);
        made.values[at] = step < taps ? weight.values[tap] : 0;
      }
    }
  }
  return made;
}

RowRange slices_of(const SlicedRows& weight, std::int64_t share, std::int64_t shares) {
  const auto boundary = [&](std::int64_t at) -> std::int64_t {
    if (at == shares) return weight.slices();
    const std::int64_t steps = weight.begin.back() * at / shares;
    return std::ranges::lower_bound(weight.begin, steps) - weight.begin.begin();
  };
  return {.begin = boundary(share), .end = boundary(share + 1)};
}

void multiply_sliced_rows(const SlicedRows& weight, RowRange slices, const float* x, float* y,
                          const Epilogue& epilogue) {
  HWY_DYNAMIC_DISPATCH(multiply)(weight, slices, x, y, epilogue);
}

}  // namespace gcompress::kernels
#endif

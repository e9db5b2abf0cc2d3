// The skinny SpMM for any arithmetic: who takes which nonzeros, and how sums come together. Device
// code.
//
// An Arithmetic has: Tile, a Config; Element, of x in shared memory; Sum; and the functions
//   add(sums, value, column): adds value * (each sample of a column) to the sums
//   stage(stage, x, x_stride, first, columns, samples): copies the tile's columns from `first` on
//   into shared memory,
//     the samples of a column side by side; what does not exist becomes 0
#pragma once

#include "../ptx.h"
#include "config.h"

namespace gcompress::cuda::skinny_spmm {

// One row's nonzeros of the staged slabs. Lane l <= kSlabsPerStage brings the begin of segment l in
// `bound` (where segments end, the end).
template <class Arithmetic, int kSamples, class Value>
GCOMPRESS_DEVICE void add_row(typename Arithmetic::Sum (&sums)[kSamples],
                              const typename Arithmetic::Element* stage, const uint8_t* indices,
                              const Value* values, uint32_t bound) {
  using C = typename Arithmetic::Tile;
  Arithmetic arithmetic;
  const uint32_t lane = threadIdx.x % 32;
#pragma unroll 1
  for (int s = 0; s < C::kSlabsPerStage; s += kSlabsInFlight) {
    uint32_t entry[kSlabsInFlight], end[kSlabsInFlight];
    uint32_t index[kSlabsInFlight];
    Value value[kSlabsInFlight];
#pragma unroll
    for (int u = 0; u < kSlabsInFlight; ++u) {
      const int slab = s + u < C::kSlabsPerStage ? s + u : s;
      entry[u] = __shfl_sync(0xffffffffu, bound, slab) + lane;
      end[u] = __shfl_sync(0xffffffffu, bound, slab + 1);
      if (s + u >= C::kSlabsPerStage) end[u] = 0;
      if (entry[u] < end[u]) {
        index[u] = indices[entry[u]];
        value[u] = values[entry[u]];
      }
    }
#pragma unroll
    for (int u = 0; u < kSlabsInFlight; ++u) {
      const auto* slab = stage + (s + u) * kSlabColumns * kSamples;
      if (entry[u] < end[u]) {
        arithmetic.add(sums, value[u], slab + index[u] * kSamples);
      }
#pragma unroll 1
      for (uint32_t e = entry[u] + 32; e < end[u]; e += 32) {
        arithmetic.add(sums, values[e], slab + indices[e] * kSamples);
      }
    }
  }
}

// Adds values over the warp. Each step hands half of them to the lane `step` away and keeps the
// others; once one is left, the rest of the steps add it up. Afterwards lane l has the sums of
// values l * kCount / 32 and (for kCount 64) the next.
template <int kCount, int kStep, class Sum>
GCOMPRESS_DEVICE void add_over_lanes(Sum* values) {
  if constexpr (kStep > 0) {
    if constexpr (kCount > 1) {
      const bool upper = threadIdx.x & kStep;
#pragma unroll
      for (int i = 0; i < kCount / 2; ++i) {
        const Sum give = upper ? values[i] : values[i + kCount / 2];
        const Sum keep = upper ? values[i + kCount / 2] : values[i];
        values[i] = keep + __shfl_xor_sync(0xffffffffu, give, kStep);
      }
    } else {
      values[0] += __shfl_xor_sync(0xffffffffu, values[0], kStep);
    }
    add_over_lanes<(kCount > 1 ? kCount / 2 : 1), kStep / 2>(values);
  }
}

// The whole kernel, but for what becomes of a sum: to_result(sum, row), in front of bias and clamp.
template <class Arithmetic, class Value, class X, class ToResult>
GCOMPRESS_DEVICE void multiply(const uint32_t* segment_begin, const uint8_t* indices,
                               const Value* values, const float* bias, const X* x, float* y,
                               int rows, int columns, int samples, int64_t x_stride,
                               int64_t y_stride, float low, float high, ToResult to_result) {
  using C = typename Arithmetic::Tile;
  using Sum = typename Arithmetic::Sum;
  struct alignas(16) Stage {
    typename Arithmetic::Element values[C::kStageElements];
  };
  GCOMPRESS_SHARED(Stage, stage);
  constexpr int kSamples = C::kSamplesOfTile;
  Arithmetic arithmetic;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int first_row = static_cast<int>(blockIdx.x) * C::kRowsPerBlock + warp * C::kRowsPerWarp;
  const int slabs = (columns + kSlabColumns - 1) / kSlabColumns;
  Sum sums[C::kRowsPerWarp][kSamples] = {};
#pragma unroll 1
  for (int first_slab = 0; first_slab < slabs; first_slab += C::kSlabsPerStage) {
    if (first_slab > 0) __syncthreads();  // everyone has read what was staged before
    arithmetic.stage(stage.values, x, x_stride, first_slab * kSlabColumns, columns, samples);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < C::kRowsPerWarp; ++r) {
      const int row = first_row + r;
      uint32_t bound = 0;
      if (row < rows && lane <= C::kSlabsPerStage) {
        const int slab = first_slab + lane < slabs ? first_slab + lane : slabs;
        bound = segment_begin[static_cast<int64_t>(row) * slabs + slab];
      }
      add_row<Arithmetic>(sums[r], stage.values, indices, values, bound);
    }
  }
  constexpr int kCount = C::kRowsPerWarp * kSamples;
  add_over_lanes<kCount, 16>(&sums[0][0]);
  constexpr int kLanesPerSum = kCount < 32 ? 32 / kCount : 1;
  constexpr int kSumsPerLane = kCount > 32 ? kCount / 32 : 1;
#pragma unroll
  for (int i = 0; i < kSumsPerLane; ++i) {
    const int number = lane / kLanesPerSum * kSumsPerLane + i;
    const int row = first_row + number / kSamples;
    const int sample = number % kSamples;
    if (lane % kLanesPerSum == 0 && row < rows && sample < samples) {
      float result = to_result((&sums[0][0])[i], row);
      if (bias != nullptr) result += bias[row];
      result = result < low ? low : result;
      y[sample * y_stride + row] = result > high ? high : result;
    }
  }
}

}  // namespace gcompress::cuda::skinny_spmm

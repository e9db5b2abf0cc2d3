// Skinny SpMM: y[n][r] = clamp(bias[r] + sum over k of w[r][k] x[n][k]) for a sparse matrix w and 1
// to 16 samples n; SpMV for one.
//
// Algorithm: a warp has 1 to 4 rows and a lane takes every 32nd nonzero of a row's segment (row x
// slab of 256 columns). x goes through shared memory, 2 to 16 slabs at a time, all samples of a
// column side by side, so that a nonzero finds its samples in one vector. Lanes' partial sums are
// added by shuffles at the end. Memory: w is read once (5 or 3 bytes a nonzero, and 4 a segment), x
// once for each block, through L2. Limits: one block has 8 to 32 rows, so small matrices leave
// multiprocessors idle; a nonzero costs one shared-memory vector of its samples at a random place,
// with the bank conflicts of random places. Sums in float32, in a fixed order: the same bits each
// time. NaN and infinities of x reach y only where a nonzero is.
//
// Layout of w: packing.h. Runs on sm_75 and later.
#include "../ptx.h"
#include "config.h"
#include "kernels.h"

namespace gcompress::cuda::skinny_spmm {
namespace {

GCOMPRESS_DEVICE float to_float(float value) { return value; }
struct Half {
  uint16_t bits;
};
struct Bfloat16 {
  uint16_t bits;
};
GCOMPRESS_DEVICE float to_float(Half value) { return half_to_float(value.bits); }
GCOMPRESS_DEVICE float to_float(Bfloat16 value) { return bfloat16_to_float(value.bits); }

// Adds value * (all samples of a column) to the sums. `column` points to kSamples floats.
template <int kSamples>
GCOMPRESS_DEVICE void add_nonzero(float (&sums)[kSamples], float value, const float* column) {
  if constexpr (kSamples == 1) {
    sums[0] = fmaf(value, column[0], sums[0]);
  } else if constexpr (kSamples == 2) {
    const Bytes8 pair = load_8(column);
    for (int i = 0; i < 2; ++i) sums[i] = fmaf(value, bits_to_float(pair.words[i]), sums[i]);
  } else {
#pragma unroll
    for (int n = 0; n < kSamples; n += 4) {
      const Bytes16 four = load_16(column + n);
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        sums[n + i] = fmaf(value, bits_to_float(four.words[i]), sums[n + i]);
      }
    }
  }
}

// Copies columns first .. first + kStageFloats / kSamples - 1 of all samples into shared memory,
// side by side; what does not exist becomes 0.
template <int kSamples>
GCOMPRESS_DEVICE void stage_x(float* stage, const float* x, int64_t x_stride, int first,
                              int columns, int samples) {
  constexpr int kVector = kSamples < 4 ? kSamples : 4;
  constexpr int kStageColumns = Config<kSamples>::kStageFloats / kSamples;
  for (int c = static_cast<int>(threadIdx.x); c < kStageColumns; c += kThreads) {
    const int column = first + c;
#pragma unroll
    for (int n = 0; n < kSamples; n += kVector) {
      float values[kVector];
#pragma unroll
      for (int i = 0; i < kVector; ++i) {
        const bool exists = column < columns && n + i < samples;
        values[i] = exists ? x[(n + i) * x_stride + column] : 0.0f;
      }
      float* to = stage + c * kSamples + n;
      if constexpr (kVector == 4) {
        store_16(to, {{float_to_bits(values[0]), float_to_bits(values[1]), float_to_bits(values[2]),
                       float_to_bits(values[3])}});
      } else if constexpr (kVector == 2) {
        store_8(to, {{float_to_bits(values[0]), float_to_bits(values[1])}});
      } else {
        to[0] = values[0];
      }
    }
  }
}

// One row's nonzeros of the staged slabs. Lane l <= kSlabsPerStage brings the begin of segment l in
// `bound` (where segments end, the end).
template <int kSamples, class Value>
GCOMPRESS_DEVICE void add_row(float (&sums)[kSamples], const float* stage, const uint8_t* indices,
                              const Value* values, uint32_t bound) {
  const uint32_t lane = threadIdx.x % 32;
#pragma unroll 1
  for (int s = 0; s < Config<kSamples>::kSlabsPerStage; s += kSlabsInFlight) {
    uint32_t entry[kSlabsInFlight], end[kSlabsInFlight];
    uint32_t index[kSlabsInFlight];
    Value value[kSlabsInFlight];
#pragma unroll
    for (int u = 0; u < kSlabsInFlight; ++u) {
      const int slab = s + u < Config<kSamples>::kSlabsPerStage ? s + u : s;
      entry[u] = __shfl_sync(0xffffffffu, bound, slab) + lane;
      end[u] = __shfl_sync(0xffffffffu, bound, slab + 1);
      if (s + u >= Config<kSamples>::kSlabsPerStage) end[u] = 0;
      if (entry[u] < end[u]) {
        index[u] = indices[entry[u]];
        value[u] = values[entry[u]];
      }
    }
#pragma unroll
    for (int u = 0; u < kSlabsInFlight; ++u) {
      const float* slab = stage + (s + u) * kSlabColumns * kSamples;
      if (entry[u] < end[u]) {
        add_nonzero<kSamples>(sums, to_float(value[u]), slab + index[u] * kSamples);
      }
#pragma unroll 1
      for (uint32_t e = entry[u] + 32; e < end[u]; e += 32) {
        add_nonzero<kSamples>(sums, to_float(values[e]), slab + indices[e] * kSamples);
      }
    }
  }
}

// Adds values over the warp. Each step hands half of them to the lane `step` away and keeps the
// others; once one is left, the rest of the steps add it up. Afterwards lane l has the sums of
// values l * kCount / 32 and (for kCount 64) the next.
template <int kCount, int kStep>
GCOMPRESS_DEVICE void add_over_lanes(float* values) {
  if constexpr (kStep > 0) {
    if constexpr (kCount > 1) {
      const bool upper = threadIdx.x & kStep;
#pragma unroll
      for (int i = 0; i < kCount / 2; ++i) {
        const float give = upper ? values[i] : values[i + kCount / 2];
        const float keep = upper ? values[i + kCount / 2] : values[i];
        values[i] = keep + __shfl_xor_sync(0xffffffffu, give, kStep);
      }
    } else {
      values[0] += __shfl_xor_sync(0xffffffffu, values[0], kStep);
    }
    add_over_lanes<(kCount > 1 ? kCount / 2 : 1), kStep / 2>(values);
  }
}

template <int kSamples, class Value>
GCOMPRESS_DEVICE void multiply(const uint32_t* segment_begin, const uint8_t* indices,
                               const Value* values, const float* bias, const float* x, float* y,
                               int rows, int columns, int samples, int64_t x_stride,
                               int64_t y_stride, float low, float high) {
  using C = Config<kSamples>;
  struct alignas(16) Stage {
    float values[C::kStageFloats];
  };
  GCOMPRESS_SHARED(Stage, stage);
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int first_row = static_cast<int>(blockIdx.x) * C::kRowsPerBlock + warp * C::kRowsPerWarp;
  const int slabs = (columns + kSlabColumns - 1) / kSlabColumns;
  float sums[C::kRowsPerWarp][kSamples] = {};
#pragma unroll 1
  for (int first_slab = 0; first_slab < slabs; first_slab += C::kSlabsPerStage) {
    if (first_slab > 0) __syncthreads();  // everyone has read what was staged before
    stage_x<kSamples>(stage.values, x, x_stride, first_slab * kSlabColumns, columns, samples);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < C::kRowsPerWarp; ++r) {
      const int row = first_row + r;
      uint32_t bound = 0;
      if (row < rows && lane <= C::kSlabsPerStage) {
        const int slab = first_slab + lane < slabs ? first_slab + lane : slabs;
        bound = segment_begin[static_cast<int64_t>(row) * slabs + slab];
      }
      add_row<kSamples>(sums[r], stage.values, indices, values, bound);
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
      float sum = (&sums[0][0])[i];
      if (bias != nullptr) sum += bias[row];
      sum = sum < low ? low : sum;
      sum = sum > high ? high : sum;
      y[sample * y_stride + row] = sum;
    }
  }
}

}  // namespace
}  // namespace gcompress::cuda::skinny_spmm

#define GCOMPRESS_ENTRY(suffix, Stored, Value, samples)                                           \
  extern "C" __global__ void __launch_bounds__(gcompress::cuda::skinny_spmm::kThreads)            \
      skinny_spmm_##suffix##_n##samples(                                                          \
          const uint32_t* segment_begin, const uint8_t* indices, const Stored* values,            \
          const float* bias, const float* x, float* y, int rows, int columns, int count,          \
          int64_t x_stride, int64_t y_stride, float low, float high) {                            \
    using namespace gcompress::cuda::skinny_spmm;                                                 \
    multiply<samples>(segment_begin, indices, reinterpret_cast<const Value*>(values), bias, x, y, \
                      rows, columns, count, x_stride, y_stride, low, high);                       \
  }
GCOMPRESS_SKINNY_SPMM_ENTRIES(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

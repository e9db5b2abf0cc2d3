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
#include "kernels.h"
#include "tile.h"

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

template <int kSamples>
struct FloatArithmetic {
  using Tile = Config<kSamples, sizeof(float)>;
  using Element = float;
  using Sum = float;

  // Adds value * (all samples of a column) to the sums. `column` points to kSamples floats.
  template <class Value>
  GCOMPRESS_DEVICE void add(float (&sums)[kSamples], Value stored, const float* column) {
    const float value = to_float(stored);
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

  // Copies columns first .. first + kStageElements / kSamples - 1 of all samples into shared
  // memory, side by side; what does not exist becomes 0.
  GCOMPRESS_DEVICE void stage(float* stage, const float* x, int64_t x_stride, int first,
                              int columns, int samples) {
    constexpr int kVector = kSamples < 4 ? kSamples : 4;
    constexpr int kStageColumns = Tile::kStageElements / kSamples;
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
          store_16(to, {{float_to_bits(values[0]), float_to_bits(values[1]),
                         float_to_bits(values[2]), float_to_bits(values[3])}});
        } else if constexpr (kVector == 2) {
          store_8(to, {{float_to_bits(values[0]), float_to_bits(values[1])}});
        } else {
          to[0] = values[0];
        }
      }
    }
  }
};

}  // namespace
}  // namespace gcompress::cuda::skinny_spmm

#define GCOMPRESS_ENTRY(suffix, Stored, Value, samples)                                            \
  extern "C" __global__ void __launch_bounds__(gcompress::cuda::skinny_spmm::kThreads)             \
      skinny_spmm_##suffix##_n##samples(                                                           \
          const uint32_t* segment_begin, const uint8_t* indices, const Stored* values,             \
          const float* bias, const float* x, float* y, int rows, int columns, int count,           \
          int64_t x_stride, int64_t y_stride, float low, float high) {                             \
    using namespace gcompress::cuda::skinny_spmm;                                                  \
    multiply<FloatArithmetic<samples>>(                                                            \
        segment_begin, indices, reinterpret_cast<const Value*>(values), bias, x, y, rows, columns, \
        count, x_stride, y_stride, low, high, [](float sum, int) { return sum; });                 \
  }
GCOMPRESS_SKINNY_SPMM_ENTRIES(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

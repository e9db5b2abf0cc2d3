// The skinny SpMM on signed bytes: y[n][r] = clamp(scale[r] * sum over k of w[r][k] x[n][k] +
// bias[r]), the sum in 32-bit integers, exact. scale is that of the row's weights times that of x;
// both are symmetric (zero point 0).
//
// Algorithm: as skinny_spmm.cu. In shared memory a column's samples are 1 to 16 bytes, so one load
// brings them all: a quarter of the passes of float32. A weight times the i-th of four samples is a
// dot product of bytes (dp4a) with the weight in place i. Memory: 2 bytes a nonzero, and 4 a
// segment. Limits: at most 131,071 nonzeros a row, or 128 x 128 x nonzeros could overflow
// (packing.h checks).
//
// Layout of w: packing.h. Runs on sm_75 and later.
#include "kernels.h"
#include "tile.h"

namespace gcompress::cuda::skinny_spmm {
namespace {

template <int kSamples>
struct ByteArithmetic {
  using Tile = Config<kSamples, 1>;
  using Element = uint8_t;  // the bits of a signed byte
  using Sum = int32_t;

  // `column` points to kSamples bytes.
  GCOMPRESS_DEVICE void add(int32_t (&sums)[kSamples], int8_t value, const uint8_t* column) {
    if constexpr (kSamples < 4) {
#pragma unroll
      for (int n = 0; n < kSamples; ++n) sums[n] += value * static_cast<int8_t>(column[n]);
    } else {
      uint32_t words[kSamples / 4];
      load_column(words, column);
      const uint32_t first = static_cast<uint8_t>(value);
#pragma unroll
      for (int n = 0; n < kSamples; ++n) {
        sums[n] = dot_4_bytes(words[n / 4], first << 8 * (n % 4), sums[n]);
      }
    }
  }

  GCOMPRESS_DEVICE void stage(uint8_t* stage, const int8_t* x, int64_t x_stride, int first,
                              int columns, int samples) {
    for (int c = static_cast<int>(threadIdx.x); c < Tile::kStageElements / kSamples;
         c += kThreads) {
      const int column = first + c;
      uint32_t words[(kSamples + 3) / 4] = {};
#pragma unroll
      for (int n = 0; n < kSamples; ++n) {
        if (column < columns && n < samples) {
          words[n / 4] |= static_cast<uint32_t>(static_cast<uint8_t>(x[n * x_stride + column]))
                          << 8 * (n % 4);
        }
      }
      uint8_t* to = stage + c * kSamples;
      if constexpr (kSamples == 16) {
        store_16(to, {{words[0], words[1], words[2], words[3]}});
      } else if constexpr (kSamples == 8) {
        store_8(to, {{words[0], words[1]}});
      } else if constexpr (kSamples == 4) {
        store_4(to, words[0]);
      } else {
        for (int n = 0; n < kSamples; ++n) to[n] = static_cast<uint8_t>(words[0] >> 8 * n);
      }
    }
  }

 private:
  GCOMPRESS_DEVICE void load_column(uint32_t (&words)[kSamples / 4 + (kSamples < 4)],
                                    const uint8_t* column) {
    if constexpr (kSamples == 16) {
      const Bytes16 bytes = load_16(column);
      for (int i = 0; i < 4; ++i) words[i] = bytes.words[i];
    } else if constexpr (kSamples == 8) {
      const Bytes8 bytes = load_8(column);
      for (int i = 0; i < 2; ++i) words[i] = bytes.words[i];
    } else {
      words[0] = load_4(column);
    }
  }
};

}  // namespace
}  // namespace gcompress::cuda::skinny_spmm

#define GCOMPRESS_ENTRY(samples)                                                                   \
  extern "C" __global__ void __launch_bounds__(gcompress::cuda::skinny_spmm::kThreads)             \
      skinny_spmm_s8_n##samples(const uint32_t* segment_begin, const uint8_t* indices,             \
                                const int8_t* values, const float* scale, const float* bias,       \
                                const int8_t* x, float* y, int rows, int columns, int count,       \
                                int64_t x_stride, int64_t y_stride, float low, float high) {       \
    using namespace gcompress::cuda::skinny_spmm;                                                  \
    multiply<ByteArithmetic<samples>>(                                                             \
        segment_begin, indices, values, bias, x, y, rows, columns, count, x_stride, y_stride, low, \
        high, [=](int32_t sum, int row) { return scale[row] * static_cast<float>(sum); });         \
  }
GCOMPRESS_SKINNY_SPMM_INT8_ENTRIES(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

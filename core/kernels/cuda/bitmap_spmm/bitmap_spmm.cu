// Load sparse, compute dense: y = clamp(x w^T + bias) for a sparse w in fp16 or bf16 and 16 to 128
// samples, or more. After Flash-LLM (Xia et al. 2023) and SpInfer (Fan et al. 2025): a weight
// travels as a bit an element and its nonzeros, and becomes dense in registers, in front of the
// tensor cores.
//
// Algorithm: the tile and the stages are those of ../tensor_tile.h. A 16x16 piece of w is four
// bitmaps of 64 bits, one for each register of a fragment, in the order of lanes: lane l owns bits
// 2l and 2l + 1, and the count of bits below is where its values are. x is read by ldmatrix;
// mma.sync m16n8k16 with float32 sums. Memory: w once for every 64 (or fewer) samples: 1/8 byte an
// element and 2 bytes a nonzero; x once for every 64 rows. Limits: decoding costs the same for
// zeros and nonzeros, some 100 instructions of a warp for 256 elements: at 90% zeros it takes
// longer than the weight's way from memory. Blocks are few for small matrices: hence the parts. An
// infinity of x meets the zeros, too: where x is not finite, y is NaN.
//
// Layout of w: packing.h. Needs sm_80.
#include "../tensor_tile.h"
#include "kernels.h"

namespace gcompress::cuda::bitmap_spmm {
namespace {

using namespace tensor_tile;

// The fragment of the 16x16 piece whose four bitmaps of two words begin at word `first`. `before`
// is values_before_word of this lane. Warp-wide.
GCOMPRESS_DEVICE void decode(uint32_t (&fragment)[4], const uint32_t (&bitmap)[kBitmapWords],
                             int first, const uint16_t* values, uint32_t before, int lane) {
  const int shift = 2 * (lane % 16);
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    const int mine = first + 2 * r + lane / 16;
    const uint32_t word = bitmap[mine];
    const uint32_t bits = word >> shift & 3;
    const uint16_t* own =
        values + __shfl_sync(0xffffffffu, before, mine) + __popc(word & ((1u << shift) - 1));
    const uint32_t low = bits & 1 ? own[0] : 0;
    const uint32_t high = bits & 2 ? own[bits & 1] : 0;
    fragment[r] = low | high << 16;
  }
}

using Multiply = void (*)(float (&)[4], const uint32_t (&)[4], const uint32_t (&)[2]);

template <int kSamples, Multiply kMultiply>
GCOMPRESS_DEVICE void multiply(GCOMPRESS_BITMAP_SPMM_PARAMETERS) {
  GCOMPRESS_SHARED(Shared<kSamples>, shared);
  const Place place = place_of_warp(rows, columns, kSamples);
  float sums[Config<kSamples>::kColumnTiles][4] = {};
  for_each_step<kSamples>(
      shared, {value_begin, bitmaps, values}, {x, x_stride, samples, columns}, place,
      [&](const Stage<kSamples>& stage) {
        const auto& bitmap = stage.bitmaps[place.warp];
        const uint32_t before = values_before_word(bitmap, place.lane);
#pragma unroll
        for (int k = 0; k < kStepColumns; k += 16) {
          uint32_t a[4];
          decode(a, bitmap, k / 2, stage.values[place.warp], before, place.lane);
#pragma unroll
          for (int tile = 0; tile < Config<kSamples>::kColumnTiles; tile += 2) {
            uint32_t b[4];  // two tiles of 8 samples, two halves of 16 columns
            load_matrices_4(b, &stage.x[tile * 8 + place.lane / 16 * 8 + place.lane % 8]
                                       [k + place.lane / 8 % 2 * 8]);
            const uint32_t left[2] = {b[0], b[1]};
            const uint32_t right[2] = {b[2], b[3]};
            kMultiply(sums[tile], a, left);
            kMultiply(sums[tile + 1], a, right);
          }
        }
      });
  share_sums<kSamples>(shared, place, sums);
  __syncthreads();
  store_sums<kSamples>(shared, {bias, y, parts, y_stride, rows, low, high}, place, samples);
}

}  // namespace
}  // namespace gcompress::cuda::bitmap_spmm

#define GCOMPRESS_ENTRY(suffix, mma, count)                                                \
  extern "C" __global__ void __launch_bounds__(gcompress::cuda::tensor_tile::kThreads)     \
      bitmap_spmm_##suffix##_n##count(GCOMPRESS_BITMAP_SPMM_PARAMETERS) {                  \
    gcompress::cuda::bitmap_spmm::multiply<count, gcompress::cuda::mma>(                   \
        value_begin, bitmaps, values, bias, x, y, parts, rows, columns, samples, x_stride, \
        y_stride, low, high);                                                              \
  }
GCOMPRESS_BITMAP_SPMM_ENTRIES(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

extern "C" __global__ void __launch_bounds__(256)
    bitmap_spmm_add_parts(const float* parts, const float* bias, float* y, int count, int rows,
                          int samples, int64_t y_stride, float low, float high) {
  gcompress::cuda::tensor_tile::add_parts(
      {bias, y, const_cast<float*>(parts), y_stride, rows, low, high}, count, samples);
}

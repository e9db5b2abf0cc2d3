// A tenth stored, two of four computed: y = clamp(x w^T + bias) for an unstructured sparse w in
// fp16. A random mask of 90% zeros breaks 2:4 for 1% of its nonzeros, a trained one for 1 to 3%:
// those go into a list, the others are decoded into the operands of the sparse tensor cores, which
// skip half of the columns.
//
// Algorithm: the tile and the stages are those of ../tensor_tile.h. A 16x32 piece of w is four
// bitmaps of 128 bits, one for each register of a fragment: lane l owns the four bits 4l to 4l + 3,
// four neighbours in a row, of which at most two are set. It picks its two values by the count of
// bits below, looks up their places in a table, and the lanes of a row put the places together by
// two shuffles. x by ldmatrix; mma.sp.sync m16n8k32 with float32 sums. The list is added to the
// sums in shared memory, a lane a sample. Memory: as the bitmap SpMM, and 8 bytes for each element
// of the list. Limits: decoding, as there, but for 32 columns at the price of 16; the list reads x
// from global memory, sample by sample. An infinity of x meets the zeros, too: where x is not
// finite, y is NaN.
//
// Layout of w: packing.h. Needs sm_80.
#include "../tensor_tile.h"
#include "kernels.h"

namespace gcompress::cuda::two_four_spmm {
namespace {

using namespace tensor_tile;

// The places of the stored pair for four bits, lower place in the lower two bits: what is not there
// takes a place of its own, so that the places always rise.
GCOMPRESS_DEVICE uint32_t places_of(uint32_t four_bits) {
  constexpr uint32_t kLow = 0x098e4dc4;  // for 0 to 7
  constexpr uint32_t kHigh =
      0x000e0dcc;  // for 8 to 15; of three or four bits none is ever asked for
  return (four_bits < 8 ? kLow : kHigh) >> 4 * (four_bits % 8) & 15;
}

// The fragment and the metadata of the 16x32 piece whose four bitmaps of four words begin at word
// `begin`. `before` is values_before_word of this lane. Warp-wide.
GCOMPRESS_DEVICE void decode(uint32_t (&fragment)[4], uint32_t& metadata,
                             const uint32_t (&bitmap)[kBitmapWords], int begin,
                             const uint16_t* values, uint32_t before, int lane) {
  const int shift = 4 * (lane % 8);
  uint32_t places[4];
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    const int mine = begin + 4 * r + lane / 8;
    const uint32_t word = bitmap[mine];
    const uint32_t bits = word >> shift & 15;
    const uint16_t* own =
        values + __shfl_sync(0xffffffffu, before, mine) + __popc(word & ((1u << shift) - 1));
    const uint32_t first = bits != 0 ? own[0] : 0;
    const uint32_t second = (bits & (bits - 1)) != 0 ? own[1] : 0;
    fragment[r] = bits == 8
                      ? first << 16
                      : first | second << 16;  // alone in the last place: the second of the pair
    places[r] = places_of(bits);
  }
  // Rows r and r + 8 of columns 0 to 15 for lanes 4 r, of columns 16 to 31 for lanes 4 r + 1.
  const int of_group = 4 * (lane % 4);
  const uint32_t left = (places[0] | places[1] << 16) << of_group;
  const uint32_t right = (places[2] | places[3] << 16) << of_group;
  metadata = lane % 2 == 0 ? left : right;
  metadata |= __shfl_xor_sync(0xffffffffu, lane % 2 == 0 ? right : left, 1);
  metadata |= __shfl_xor_sync(0xffffffffu, metadata, 2);
}

// Adds the list of the warp's strip to its sums in shared memory.
template <int kSamples>
GCOMPRESS_DEVICE void add_residual(Shared<kSamples>& shared, const Place& place,
                                   const Inputs& inputs, const uint32_t* residual_begin,
                                   const Bytes8* residual) {
  const uint32_t end = residual_begin[place.strip + 1];
#pragma unroll 1
  for (uint32_t e = residual_begin[place.strip]; e < end; ++e) {
    const Bytes8 entry = load_8(residual + e);
    const int row = place.warp * kStripRows + static_cast<int>(entry.words[0] >> 28);
    const int column = static_cast<int>(entry.words[0] & 0x0fffffffu);
    const float value = bits_to_float(entry.words[1]);
    for (int n = place.lane; n < kSamples; n += 32) {
      const int sample = place.first_sample + n;
      if (sample >= inputs.samples) continue;
      const float x = half_to_float(inputs.x[sample * inputs.x_stride + column]);
      shared.sums[n][row] = fmaf(value, x, shared.sums[n][row]);
    }
  }
}

template <int kSamples>
GCOMPRESS_DEVICE void multiply(GCOMPRESS_TWO_FOUR_SPMM_PARAMETERS) {
  GCOMPRESS_SHARED(Shared<kSamples>, shared);
  const Place place = place_of_warp(rows, columns, kSamples);
  const Inputs inputs = {x, x_stride, samples, columns};
  float sums[Config<kSamples>::kColumnTiles][4] = {};
  for_each_step<kSamples>(
      shared, {value_begin, bitmaps, values}, inputs, place, [&](const Stage<kSamples>& stage) {
        const auto& bitmap = stage.bitmaps[place.warp];
        const uint32_t before = values_before_word(bitmap, place.lane);
#pragma unroll
        for (int k = 0; k < kStepColumns; k += 32) {
          uint32_t a[4], metadata;
          decode(a, metadata, bitmap, k / 2, stage.values[place.warp], before, place.lane);
#pragma unroll
          for (int tile = 0; tile < Config<kSamples>::kColumnTiles; ++tile) {
            uint32_t b[4];  // 8 samples, four times 8 columns
            load_matrices_4(b, &stage.x[tile * 8 + place.lane % 8][k + place.lane / 8 * 8]);
            mma_sparse_m16n8k32_half(sums[tile], a, b, metadata);
          }
        }
      });
  share_sums<kSamples>(shared, place, sums);
  __syncwarp();
  if (place.exists && blockIdx.z == 0) {
    add_residual<kSamples>(shared, place, inputs, residual_begin,
                           static_cast<const Bytes8*>(residual));
  }
  __syncthreads();
  store_sums<kSamples>(shared, {bias, y, parts, y_stride, rows, low, high}, place, samples);
}

}  // namespace
}  // namespace gcompress::cuda::two_four_spmm

#define GCOMPRESS_ENTRY(count)                                                                    \
  extern "C" __global__ void __launch_bounds__(gcompress::cuda::tensor_tile::kThreads)            \
      two_four_spmm_f16_n##count(GCOMPRESS_TWO_FOUR_SPMM_PARAMETERS) {                            \
    gcompress::cuda::two_four_spmm::multiply<count>(value_begin, bitmaps, values, residual_begin, \
                                                    residual, bias, x, y, parts, rows, columns,   \
                                                    samples, x_stride, y_stride, low, high);      \
  }
GCOMPRESS_TWO_FOUR_SPMM_ENTRIES(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

extern "C" __global__ void __launch_bounds__(256)
    two_four_spmm_add_parts(const float* parts, const float* bias, float* y, int count, int rows,
                            int samples, int64_t y_stride, float low, float high) {
  gcompress::cuda::tensor_tile::add_parts(
      {bias, y, const_cast<float*>(parts), y_stride, rows, low, high}, count, samples);
}

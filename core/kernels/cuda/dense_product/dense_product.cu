// Products of dense matrices in strict float32: y = clamp(a b + bias + residual), in batches.
// For layers whose weights are mostly there on machines without cuBLAS, and for products of two
// values.
//
// Algorithm: a block has a tile of 64 x 64 of y; tiles of 64 x 16 of a and 16 x 64 of b go through
// shared memory; a thread sums 4 x 4, of columns 16 apart, so that lanes read neighbouring banks.
// Memory: a once for every 64 columns, b once for every 64 rows. Limits: two loads of shared memory
// for four multiplications; no second tile in flight while one is multiplied. Sums in the order of
// k: the same bits each time. Runs on sm_75 and later.
#include "../ptx.h"
#include "kernels.h"

namespace gcompress::cuda::dense_product {
namespace {

constexpr int kTile = 64;
constexpr int kDepth = 16;
constexpr int kThreads = 256;
constexpr int kEach = 4;               // of a thread, along both axes
constexpr int kApart = kTile / kEach;  // from one of a thread's rows or columns to the next

static_assert(kApart * kApart == kThreads, "threads cover the tile");

struct Tiles {
  float a[kDepth][kTile + 1];  // padded: written along k without bank conflicts
  float b[kDepth][kTile + 1];
};

// Copies rows first .. first + 63, places begin .. begin + 15 of a matrix of [count][depth]; what
// does not exist becomes 0. Neighbouring threads go along the axis whose step is the smaller.
GCOMPRESS_DEVICE void load_tile(float (&tile)[kDepth][kTile + 1], const float* from, int first,
                                int count, int begin, int depth, int64_t step, int64_t depth_step) {
  const bool along_depth = depth_step < step;
  for (int i = static_cast<int>(threadIdx.x); i < kTile * kDepth; i += kThreads) {
    const int row = along_depth ? i / kDepth : i % kTile;
    const int place = along_depth ? i % kDepth : i / kTile;
    const bool exists = first + row < count && begin + place < depth;
    tile[place][row] = exists ? from[(first + row) * step + (begin + place) * depth_step] : 0.0f;
  }
}

}  // namespace
}  // namespace gcompress::cuda::dense_product

extern "C" __global__ void __launch_bounds__(256)
    dense_product(GCOMPRESS_DENSE_PRODUCT_PARAMETERS) {
  using namespace gcompress::cuda::dense_product;
  GCOMPRESS_SHARED(Tiles, tiles);
  const int first_row = static_cast<int>(blockIdx.y) * kTile;
  const int first_column = static_cast<int>(blockIdx.x) * kTile;
  const int row = static_cast<int>(threadIdx.x) / kApart;
  const int column = static_cast<int>(threadIdx.x) % kApart;
  const int64_t batch = blockIdx.z;

  float sums[kEach][kEach] = {};
#pragma unroll 1
  for (int begin = 0; begin < k; begin += kDepth) {
    if (begin > 0) __syncthreads();  // everyone has read the tiles before
    load_tile(tiles.a, a + batch * a_batch, first_row, m, begin, k, a_row, a_column);
    load_tile(tiles.b, b + batch * b_batch, first_column, n, begin, k, b_column, b_row);
    __syncthreads();
#pragma unroll
    for (int place = 0; place < kDepth; ++place) {
      float left[kEach];
      float right[kEach];
#pragma unroll
      for (int i = 0; i < kEach; ++i) {
        left[i] = tiles.a[place][row + kApart * i];
        right[i] = tiles.b[place][column + kApart * i];
      }
#pragma unroll
      for (int i = 0; i < kEach; ++i) {
#pragma unroll
        for (int j = 0; j < kEach; ++j) sums[i][j] = fmaf(left[i], right[j], sums[i][j]);
      }
    }
  }

#pragma unroll
  for (int i = 0; i < kEach; ++i) {
    const int r = first_row + row + kApart * i;
    if (r >= m) continue;
#pragma unroll
    for (int j = 0; j < kEach; ++j) {
      const int c = first_column + column + kApart * j;
      if (c >= n) continue;
      const int64_t target = batch * y_batch + r * y_row + c;
      float sum = sums[i][j];
      if (row_bias != nullptr) sum += row_bias[r];
      if (column_bias != nullptr) sum += column_bias[c];
      if (residual != nullptr) sum += residual[target];
      sum = sum < low ? low : sum;
      y[target] = sum > high ? high : sum;
    }
  }
}

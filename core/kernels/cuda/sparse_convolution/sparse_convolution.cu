// Sparse convolution in strict float32, NCHW, any stride, padding, dilation and groups:
//   y[n][f][p] = clamp(bias[f] + sum over taps of f: value x[n][channel][stride p - pad + place] +
//   residual[n][f][p])
// A sparse matrix times a dense one is a 1x1 convolution over an image of height 1.
//
// Algorithm: a block has a tile of up to 128 output positions (of one or several images) and 32
// filters of a group. The piece of x below the tile, some channels at a time, goes through shared
// memory with its padding, so that a tap is a constant offset there. A warp takes 4 filters one
// after the other: their taps are the same for all lanes, and each lane adds value * x for its 1, 2
// or 4 positions. Memory: x once for every 32 filters (plus borders), w once for every tile (8
// bytes a tap, through the read-only cache), y once. Limits: one load from shared memory for each
// nonzero and position, so at most a quarter of the fp32 peak; small images leave lanes idle unless
// several images share a tile. Sums in the order of the taps, fused multiply-add: the same bits
// each time. An infinity of x reaches y only where a tap is.
//
// Layout of w: packing.h. Runs on sm_75 and later.
#include "../ptx.h"
#include "config.h"
#include "kernels.h"

namespace gcompress::cuda::sparse_convolution {
namespace {

// Where a tile lies: first image, first row and column of the output.
struct Tile {
  int image;
  int top;
  int left;
};

GCOMPRESS_DEVICE Tile tile_of_block(int out_height, int out_width, int tile_images, int tile_height,
                                    int tile_width) {
  const int across = (out_width + tile_width - 1) / tile_width;
  const int down = (out_height + tile_height - 1) / tile_height;
  const int number = static_cast<int>(blockIdx.x);
  return {number / (across * down) * tile_images, number / across % down * tile_height,
          number % across * tile_width};
}

// Within a tile, counted along columns, then rows, then images. The image may be beyond the tile's.
struct Position {
  int image;
  int row;
  int column;
};

GCOMPRESS_DEVICE Position position_of_lane(int j, int tile_height, int tile_width) {
  const int p = static_cast<int>(threadIdx.x) % 32 + 32 * j;
  return {p / (tile_width * tile_height), p / tile_width % tile_height, p % tile_width};
}

// Copies channels first .. first + stage_channels - 1 of the tile's images into shared memory, a
// plane of [stage_height][stage_width] each; what lies outside of the image, or does not exist,
// becomes 0. A warp a plane.
GCOMPRESS_DEVICE void stage_x(float* stage, const float* x, int first_image, int images,
                              int all_channels, int first_channel, int channels, int height,
                              int width, int top, int left, int tile_images, int stage_channels,
                              int stage_height, int stage_width) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int plane = stage_height * stage_width;
  for (int p = static_cast<int>(threadIdx.x) / 32; p < tile_images * stage_channels; p += kWarps) {
    const int image = first_image + p / stage_channels;
    const int channel = p % stage_channels;
    const bool exists = image < images && channel < channels;
    const float* from = x + (static_cast<int64_t>(image) * all_channels + first_channel + channel) *
                                (static_cast<int64_t>(height) * width);
    for (int i = lane; i < plane; i += 32) {
      const int row = top + i / stage_width;
      const int column = left + i % stage_width;
      const bool inside = exists && row >= 0 && row < height && column >= 0 && column < width;
      stage[p * plane + i] = inside ? from[static_cast<int64_t>(row) * width + column] : 0.0f;
    }
  }
}

// Adds one filter's taps of the staged channels.
template <int kPositions>
GCOMPRESS_DEVICE void add_taps(float (&sums)[kPositions], const float* stage,
                               const int (&places)[kPositions], const Bytes8* taps, uint32_t begin,
                               uint32_t end) {
#pragma unroll 4
  for (uint32_t t = begin; t < end; ++t) {
    const Bytes8 tap = load_8(taps + t);
    const float value = bits_to_float(tap.words[1]);
#pragma unroll
    for (int j = 0; j < kPositions; ++j) {
      sums[j] = fmaf(value, stage[places[j] + static_cast<int>(tap.words[0])], sums[j]);
    }
  }
}

template <int kPositions>
GCOMPRESS_DEVICE void convolve(GCOMPRESS_SPARSE_CONVOLUTION_PARAMETERS) {
  GCOMPRESS_DYNAMIC_SHARED(float, stage);
  const int group = static_cast<int>(blockIdx.z);
  const int first_filter = static_cast<int>(blockIdx.y) * kFiltersPerBlock +
                           static_cast<int>(threadIdx.x) / 32 * kFiltersPerWarp;
  const Tile tile = tile_of_block(out_height, out_width, tile_images, tile_height, tile_width);
  const int chunks = (channels + stage_channels - 1) / stage_channels;

  int places[kPositions];  // of the lane's positions in the stage
  for (int j = 0; j < kPositions; ++j) {
    const Position p = position_of_lane(j, tile_height, tile_width);
    places[j] =
        ((p.image < tile_images ? p.image : 0) * stage_channels * stage_height + p.row * stride_y) *
            stage_width +
        p.column * stride_x;
  }

  float sums[kFiltersPerWarp][kPositions] = {};
#pragma unroll 1
  for (int chunk = 0; chunk < chunks; ++chunk) {
    const int first_channel = chunk * stage_channels;
    if (chunk > 0) __syncthreads();  // everyone has read what was staged before
    stage_x(stage, x, tile.image, images, static_cast<int>(gridDim.z) * channels,
            group * channels + first_channel, channels - first_channel, height, width,
            tile.top * stride_y - pad_top, tile.left * stride_x - pad_left, tile_images,
            stage_channels, stage_height, stage_width);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kFiltersPerWarp; ++r) {
      if (first_filter + r < filters) {
        const int64_t segment =
            static_cast<int64_t>(group * filters + first_filter + r) * chunks + chunk;
        add_taps(sums[r], stage, places, static_cast<const Bytes8*>(taps), segment_begin[segment],
                 segment_begin[segment + 1]);
      }
    }
  }

#pragma unroll
  for (int j = 0; j < kPositions; ++j) {
    Position p = position_of_lane(j, tile_height, tile_width);
    if (p.image >= tile_images) continue;
    p = {tile.image + p.image, tile.top + p.row, tile.left + p.column};
    if (p.image >= images || p.row >= out_height || p.column >= out_width) continue;
    const int all_filters = static_cast<int>(gridDim.z) * filters;
#pragma unroll
    for (int r = 0; r < kFiltersPerWarp; ++r) {
      if (first_filter + r >= filters) continue;
      const int filter = group * filters + first_filter + r;
      const int64_t target =
          ((static_cast<int64_t>(p.image) * all_filters + filter) * out_height + p.row) *
              out_width +
          p.column;
      float sum = sums[r][j];
      if (bias != nullptr) sum += bias[filter];
      if (residual != nullptr) sum += residual[target];
      sum = sum < low ? low : sum;
      y[target] = sum > high ? high : sum;
    }
  }
}

}  // namespace
}  // namespace gcompress::cuda::sparse_convolution

#define GCOMPRESS_ENTRY(positions)                                                              \
  extern "C" __global__ void __launch_bounds__(                                                 \
      gcompress::cuda::sparse_convolution::kThreads,                                            \
      gcompress::cuda::sparse_convolution::Config<positions>::kBlocksResident)                  \
      sparse_convolution_p##positions(GCOMPRESS_SPARSE_CONVOLUTION_PARAMETERS) {                \
    gcompress::cuda::sparse_convolution::convolve<positions>(                                   \
        segment_begin, taps, bias, x, residual, y, images, channels, height, width, filters,    \
        out_height, out_width, stride_y, stride_x, pad_top, pad_left, tile_images, tile_height, \
        tile_width, stage_channels, stage_height, stage_width, low, high);                      \
  }
GCOMPRESS_ENTRY(1)
GCOMPRESS_ENTRY(2)
GCOMPRESS_ENTRY(4)
#undef GCOMPRESS_ENTRY

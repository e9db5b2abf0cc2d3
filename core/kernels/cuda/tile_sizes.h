// The sizes of tensor_tile.h, for host and device. Plain C++17.
#pragma once

namespace gcompress::cuda::tensor_tile {

inline constexpr int kStripRows = 16;
inline constexpr int kWarps = 4;
inline constexpr int kThreads = 32 * kWarps;
inline constexpr int kRows = kWarps * kStripRows;
inline constexpr int kStepColumns = 64;
inline constexpr int kChunk = 8;                     // values in one copy of 16 bytes
inline constexpr int kXRow = kStepColumns + kChunk;  // padded: ldmatrix without bank conflicts
inline constexpr int kBitmapWords = kStripRows * kStepColumns / 32;  // of a strip in a step
inline constexpr int kSumRow = kRows + 4;                            // padded likewise
inline constexpr int kMaxSamples = 64;                               // of a block

static_assert(kXRow * 2 % 16 == 0 && kXRow / 8 % 2 == 1,
              "rows of x begin at different groups of banks");

template <int kSamples>
struct Config {
  static constexpr int kStages = kSamples <= 32 ? 3 : 2;
  static constexpr int kColumnTiles = kSamples / 8;
  static_assert(kSamples % 16 == 0 && kSamples <= kMaxSamples,
                "x is loaded for 16 samples at a time");
};

}  // namespace gcompress::cuda::tensor_tile

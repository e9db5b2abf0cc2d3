// Tile sizes of the sparse convolution. Plain C++17 for host and device.
#pragma once

namespace gcompress::cuda::sparse_convolution {

inline constexpr int kWarps = 8;  // of a block
inline constexpr int kThreads = 32 * kWarps;
inline constexpr int kFiltersPerWarp = 4;
inline constexpr int kFiltersPerBlock = kWarps * kFiltersPerWarp;
inline constexpr int kMaxPositions = 128;      // of a tile: 4 a lane
inline constexpr int kStageBytes = 32 * 1024;  // of x in shared memory, if a channel fits
inline constexpr int kMaxStageBytes = 96 * 1024;

template <int kPositionsPerLane>
struct Config {
  static_assert(kPositionsPerLane == 1 || kPositionsPerLane == 2 || kPositionsPerLane == 4,
                "an entry exists for these");
  // Blocks that a multiprocessor shall have room for: leaves 80 or 64 registers a thread.
  static constexpr int kBlocksResident = kPositionsPerLane == 4 ? 3 : 4;

  static_assert(32 * kPositionsPerLane <= kMaxPositions, "a tile has no more positions");
  static_assert(kFiltersPerWarp * kPositionsPerLane <= 32, "sums stay in registers");
};

}  // namespace gcompress::cuda::sparse_convolution

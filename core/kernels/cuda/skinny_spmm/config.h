// Tile sizes of the skinny SpMM. Plain C++17 for host and device.
#pragma once

namespace gcompress::cuda::skinny_spmm {

inline constexpr int kSlabColumns = 256;  // an index within a slab has 8 bits
inline constexpr int kWarps = 8;          // of a block
inline constexpr int kThreads = 32 * kWarps;
inline constexpr int kMaxSamples = 16;
inline constexpr int kSlabsInFlight = 4;  // segments whose loads are issued together

// kSamples: the columns of x and y that one launch has room for; kBytes: of an element of x in
// shared memory.
template <int kSamples, int kBytes>
struct Config {
  static constexpr int kSamplesOfTile = kSamples;
  // As many as registers allow: all rows of a block share the staged x. Bytes leave fewer: their
  // words are registers of their own.
  static constexpr int kRowsPerWarp = kSamples == 1                                      ? 1
                                      : kSamples <= 4 || (kSamples == 16 && kBytes == 1) ? 2
                                                                                         : 4;
  static constexpr int kRowsPerBlock = kWarps * kRowsPerWarp;
  static constexpr int kRoom = 32 * 1024 / (kSlabColumns * kSamples * kBytes);  // slabs in 32 KiB
  static constexpr int kSlabsPerStage = kRoom < 16 ? kRoom : 16;
  static constexpr int kStageElements = kSlabsPerStage * kSlabColumns * kSamples;

  static_assert(kSamples >= 1 && kSamples <= kMaxSamples && (kSamples & (kSamples - 1)) == 0,
                "the final sums are halved lane by lane");
  static_assert(kStageElements * kBytes <= 48 * 1024, "static shared memory of a block");
  static_assert(kSlabsPerStage < 32, "a warp loads the stage's segment bounds at once");
  static_assert(kRowsPerWarp * kSamples <= 64, "accumulators stay in registers");
};

}  // namespace gcompress::cuda::skinny_spmm

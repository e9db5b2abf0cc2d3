// Tiles of quads by AMX: tdpbsud multiplies 16 rows of 16 quads with 16 positions in 16 cycles,
// eight times what vpdpbusd does. Of its eight registers four hold sums, of 32 rows by 32 positions
// or 16 by 64, so that no product waits for the one before; two hold weights and two inputs.
//
// Sums leave through memory, are rounded as in quad_rows.h and stored as quads, a quad of rows at a
// time between the products of the next sums: a core sees too few instructions ahead to put them
// there itself.
//
// What costs more than it looks (Sapphire Rapids): a tile of inputs that is not aligned takes five
// times as long to load; what was stored lately, or lies a multiple of 4 KiB from it, is loaded
// late, so copying the quads of several taps together, for fuller tiles, took twice the time that
// it saved.
// Best shares of the limit: 57% of 64 channels of 8 x 8 under 3 x 3, 60% of 512 to 512 channels of
// 14 x 14, 48% where weights exceed the first cache and positions are few.
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64 && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "gcompress/core/kernels/cpu/avx512_intrinsics.h"

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
#include "gcompress/core/kernels/cpu/quad_avx512_vnni_vectors.h"
#include "gcompress/core/kernels/cpu/quad_finish_algorithm.h"

namespace gcompress::kernels {
namespace {

using S = Avx512Vnni;

constexpr std::int64_t kRows = 16, kPositions = 16;  // of a tile of sums
constexpr std::int64_t kSums = kRows * kPositions;   // of a tile
constexpr std::int64_t kWeightBytes = 64 * kRows;
constexpr std::int64_t kMostNearBytes = 40 * 1024;  // of inputs that stay in the first cache

// Instructions by hand: the compilers' intrinsics want options for the whole file, and do not say
// that they read memory.
template <int tile>
HWY_INLINE void load_tile(const void* from, std::int64_t stride) {
  asm volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(tile), "r"(from), "r"(stride) : "memory");
}
template <int tile>
HWY_INLINE void store_tile(void* to) {
  asm volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(tile), "r"(to), "r"(4 * kPositions)
               : "memory");
}
template <int tile>
HWY_INLINE void zero_tile() {
  asm volatile("tilezero %%tmm%c0" ::"i"(tile));
}
// Signed weights times unsigned inputs.
template <int sum, int weights, int inputs>
HWY_INLINE void multiply_tiles() {
  asm volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(sum), "i"(weights), "i"(inputs));
}

struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};

// Tiles 0 to 3: sums; 4 and 5: weights; 6 and 7: inputs.
void configure(int height) {
  TileConfiguration tiles;
  for (int tile = 0; tile < 8; ++tile) {
    const bool weights = tile == 4 || tile == 5;
    tiles.rows[tile] = static_cast<std::uint8_t>(tile < 6 ? kRows : height);
    tiles.row_bytes[tile] = static_cast<std::uint16_t>(weights ? 4 * height : 4 * kPositions);
  }
  asm volatile("ldtilecfg %0" ::"m"(tiles));
}
void release() { asm volatile("tilerelease"); }

// How sums become codes.
struct Outputs {
  const Requantization& finish;
  const PackedRounding<S>& by;
  std::int64_t last_row;
};

// Sums of some rows and positions, as tiles of [ms][ns], and where their codes go.
struct Pending {
  int ms = 0, ns = 0;
  std::int64_t row = 0, count = 0;  // the first row; positions
  std::uint8_t* y = nullptr;        // of that row, at the first position
  std::int64_t y_stride = 0;
  const std::uint8_t* other = nullptr;  // in the same way, or null
};

// Sums of a row with its bias.
HWY_INLINE __m512i sums_of_row(const Outputs& to, const std::int32_t* sums, std::int64_t r) {
  return _mm512_add_epi32(_mm512_load_si512(sums), _mm512_set1_epi32(to.finish.bias[r]));
}

// One quad of rows from r on, 16 positions.
HWY_INLINE __m512i quad_codes(const Outputs& to, const std::int32_t* sums, std::int64_t r) {
  __m512i levels[4];
  for (int k = 0; k < 4; ++k) {
    levels[k] = level_of<S>(sums_of_row(to, sums + kPositions * k, r + k),
                            S::set(to.finish.scale[r + k]), to.by);
  }
  return S::transposed(packed_codes<S>(levels[0], levels[1], levels[2], levels[3], to.by));
}

// The same with a residual.
HWY_INLINE __m512i added_codes(const Outputs& to, const std::int32_t* sums, std::int64_t r,
                               __m512i others) {
  const Requantization& finish = to.finish;
  __m512i codes[4];
  for (int k = 0; k < 4; ++k) {
    const Rounding<S> by{
        .scale = S::set(finish.scale[r + k]),
        .low = S::set(static_cast<float>(finish.low) - static_cast<float>(finish.zero_point)),
        .high = to.by.high,
        .zero_point = S::broadcast(finish.zero_point)};
    const __m512i own = code_of<S>(sums_of_row(to, sums + kPositions * k, r + k), by);
    codes[k] = added_to<S>(own, others, k, finish);
  }
  return S::transposed(
      S::narrow_to_8(S::narrow_to_16(codes[0], codes[1]), S::narrow_to_16(codes[2], codes[3])));
}

// Rounds sums while the tiles of the next ones are multiplied.
struct Pipeline {
  const Outputs& to;
  Pending pending{};
  int done = 0, all = 0;  // quads of rows of the pending tiles
  int side = 0;
  alignas(64) std::int32_t sums[2][4 * kSums];

  HWY_INLINE std::int32_t* next() { return sums[side]; }
  HWY_INLINE void push(const Pending& made) {
    finish(all);
    pending = made;
    done = 0;
    all = 4 * made.ms * made.ns;
    side = 1 - side;
  }
  // Up to `count` of what is pending: tile by tile, of each its four quads of rows.
  HWY_INLINE void finish(int count) {
    for (const int end = std::min(done + count, all); done < end; ++done) {
      const int tile = done / 4;
      const std::int64_t m = tile >= pending.ns ? 1 : 0;
      const std::int64_t position = (tile - m * pending.ns) * kPositions;
      const std::int64_t quad = 4 * m + done % 4;
      const std::int64_t row = pending.row + 4 * quad;
      if (row > to.last_row) continue;
      const __mmask16 mask = S::first(std::min(pending.count - position, kPositions));
      const std::int32_t* from = sums[1 - side] + 4 * kPositions * done;
      std::uint8_t* y = pending.y + 4 * (quad * pending.y_stride + position);
      if (pending.other == nullptr) {
        S::store_part(y, quad_codes(to, from, row), mask);
      } else {
        const std::uint8_t* other = pending.other + 4 * (quad * to.finish.other_stride + position);
        S::store_part(y, added_codes(to, from, row, S::load_part(other, mask)), mask);
      }
    }
  }
};

// Sums of 16 `ms` rows by 16 `ns` positions from `x` on, to tiles of [ms][ns].
template <int ms, int ns>
HWY_INLINE void add_tiles(const QuadTiles& weight, std::int64_t block, const std::uint8_t* x,
                          Pipeline& pipeline) {
  zero_tile<0>();
  if constexpr (ms * ns > 1) zero_tile<1>();
  if constexpr (ms * ns > 2) zero_tile<2>();
  if constexpr (ms * ns > 3) zero_tile<3>();
  const std::int64_t tiles = weight.tiles();
  const std::int64_t stride = 4 * weight.stride;
  const std::int32_t* offsets = weight.offsets.data();
  const auto* first =
      reinterpret_cast<const std::uint8_t*>(weight.weights.data()) + block * tiles * kWeightBytes;
  const std::uint8_t* second = first + tiles * kWeightBytes;
  // Sums that were just stored are not yet where they can be loaded from: not at once, and behind
  // few products only when the next ones are stored.
  const int quads_between =
      tiles < 4 ? 0 : static_cast<int>((pipeline.all + tiles - 2) / (tiles - 1));
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::uint8_t* from = x + 4LL * offsets[t];
    load_tile<4>(first + t * kWeightBytes, 64);
    if constexpr (ms == 2) load_tile<5>(second + t * kWeightBytes, 64);
    load_tile<6>(from, stride);
    multiply_tiles<0, 4, 6>();
    if constexpr (ms == 2) multiply_tiles<ns, 5, 6>();
    if constexpr (ns > 1) {
      load_tile<7>(from + 64, stride);
      multiply_tiles<1, 4, 7>();
      if constexpr (ms == 2) multiply_tiles<ns + 1, 5, 7>();
    }
    if constexpr (ns > 2) {
      load_tile<6>(from + 128, stride);
      multiply_tiles<2, 4, 6>();
    }
    if constexpr (ns > 3) {
      load_tile<7>(from + 192, stride);
      multiply_tiles<3, 4, 7>();
    }
    if (t > 0) pipeline.finish(quads_between);
  }
  std::int32_t* sums = pipeline.next();
  store_tile<0>(sums);
  if constexpr (ms * ns > 1) store_tile<1>(sums + kSums);
  if constexpr (ms * ns > 2) store_tile<2>(sums + 2 * kSums);
  if constexpr (ms * ns > 3) store_tile<3>(sums + 3 * kSums);
}

// All positions of 16 `ms` rows.
template <int ms, int ns>
HWY_INLINE void run_rows(const QuadTiles& weight, const std::uint8_t* x, const Pending& all,
                         Pipeline& pipeline) {
  for (std::int64_t i = 0; i < all.count; i += ns * kPositions) {
    Pending some = all;
    some.y += 4 * i;
    if (some.other != nullptr) some.other += 4 * i;
    some.ms = ms;
    some.ns = ns;
    some.count = std::min(all.count - i, ns * kPositions);
    if (some.count > (ns - 1) * kPositions) {
      add_tiles<ms, ns>(weight, some.row / kRows, x + 4 * i, pipeline);
      pipeline.push(some);
    } else if constexpr (ns > 1) {
      some.count = all.count - i;
      return run_rows<ms, ns - 1>(weight, x + 4 * i, some, pipeline);
    }
  }
}

void multiply(const QuadTiles& weight, RowRange rows, const std::uint8_t* x, std::int64_t n,
              std::uint8_t* y, std::int64_t y_stride, const Requantization& finish) {
  if (n <= 0 || rows.begin >= rows.end) return;
  const PackedRounding<S> by = packed_rounding<S>(finish);
  const Outputs to{finish, by, rows.end - 1};
  Pipeline pipeline{.to = to};
  // Positions that are computed for all rows before the next.
  const std::int64_t strip = weight.tiles() * weight.height * 256 <= kMostNearBytes ? 64 : 32;
  configure(weight.height);
  for (std::int64_t i = 0; i < n; i += strip) {
    for (std::int64_t r = rows.begin; r < rows.end; r += 2 * kRows) {
      const Pending all{.row = r,
                        .count = std::min(strip, n - i),
                        .y = y + 4 * ((r - rows.begin) / 4 * y_stride + i),
                        .y_stride = y_stride,
                        .other = finish.other == nullptr
                                     ? nullptr
                                     : finish.other + 4 * (r / 4 * finish.other_stride + i)};
      if (rows.end - r > kRows) {
        run_rows<2, 2>(weight, x + 4 * i, all, pipeline);
      } else {
        run_rows<1, 4>(weight, x + 4 * i, all, pipeline);
      }
    }
  }
  pipeline.finish(pipeline.all);
  release();
}

// The processor's say, then the system's: it saves tiles of a process only if that asked for them.
bool runs_here() {
  static const bool runs = [] {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    constexpr unsigned kTiles = 1U << 24U, kIntegers = 1U << 25U;
    const bool has = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kTiles) != 0 &&
                     (edx & kIntegers) != 0 && avx512_vnni_quad_kernel()->runs_here();
    constexpr long kAskForComponent = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM
    return has && syscall(SYS_arch_prctl, kAskForComponent, kTileData) == 0;
  }();
  return runs;
}

constexpr QuadTileKernel kKernel{.name = "AMX", .runs_here = runs_here, .multiply = multiply};

}  // namespace

const QuadTileKernel* amx_quad_tile_kernel() { return &kKernel; }

}  // namespace gcompress::kernels
HWY_POP_ATTRIBUTES
#else
namespace gcompress::kernels {
const QuadTileKernel* amx_quad_tile_kernel() { return nullptr; }
}  // namespace gcompress::kernels
#endif

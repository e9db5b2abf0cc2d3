// Tiles of quads by AMX: tdpbsud multiplies 16 rows of 16 quads with 16 positions in 16 cycles,
// eight times what vpdpbusd does. Of its eight registers four hold sums, of 32 rows by 32 positions
// or 16 by 64, so that no product waits for the one before; two hold weights and two inputs.
//
// Sums leave through memory, are rounded as in quad_rows.h and stored as quads. That takes some 45
// cycles for 16 rows of 16 positions beside the products of the next ones.
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64 && defined(__linux__)
// GCC 12's header of AVX-512 begins with values that it leaves undefined on purpose, and warns.
#if HWY_COMPILER_GCC && !HWY_COMPILER_CLANG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
#include "gcompress/core/kernels/cpu/quad_avx512_vnni_vectors.h"
#include "gcompress/core/kernels/cpu/quad_finish_algorithm.h"

namespace gcompress::kernels {
namespace {

using S = Avx512Vnni;

constexpr std::int64_t kRows = 16, kPositions = 16;     // of a tile of sums
constexpr std::int64_t kSums = kRows * kPositions;      // of a tile
constexpr std::int64_t kMostGatheredBytes = 40 * 1024;  // what is copied together stays near

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

// Inputs of some positions: where each tile begins, in bytes from x, and the distance of its quads.
struct Inputs {
  const std::uint8_t* x;
  const std::int32_t* offsets;  // in positions; null: one tile after another
  std::int64_t stride;          // in bytes
};

// Sums of 16 `ms` rows by 16 `ns` positions, to tiles of [ms][ns].
template <int ms, int ns>
HWY_INLINE void add_tiles(const QuadTiles& weight, std::int64_t block, const Inputs& inputs,
                          std::int32_t* sums) {
  zero_tile<0>();
  if constexpr (ms * ns > 1) zero_tile<1>();
  if constexpr (ms * ns > 2) zero_tile<2>();
  if constexpr (ms * ns > 3) zero_tile<3>();
  const std::int64_t height = weight.height;
  const std::int64_t tiles = weight.tiles();
  const std::int64_t in_stride = inputs.stride;
  const std::int64_t weight_bytes = 4 * kRows * height;
  const auto* first =
      reinterpret_cast<const std::uint8_t*>(weight.weights.data()) + block * tiles * weight_bytes;
  const std::uint8_t* second = first + tiles * weight_bytes;
  const std::uint8_t* x = inputs.x;
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::uint8_t* from =
        inputs.offsets == nullptr ? x + t * height * in_stride : x + 4LL * inputs.offsets[t];
    load_tile<4>(first + t * weight_bytes, 4 * height);
    if constexpr (ms == 2) load_tile<5>(second + t * weight_bytes, 4 * height);
    load_tile<6>(from, in_stride);
    multiply_tiles<0, 4, 6>();
    if constexpr (ms == 2) multiply_tiles<ns, 5, 6>();
    if constexpr (ns > 1) {
      load_tile<7>(from + 64, in_stride);
      multiply_tiles<1, 4, 7>();
      if constexpr (ms == 2) multiply_tiles<ns + 1, 5, 7>();
    }
    if constexpr (ns > 2) {
      load_tile<6>(from + 128, in_stride);
      multiply_tiles<2, 4, 6>();
    }
    if constexpr (ns > 3) {
      load_tile<7>(from + 192, in_stride);
      multiply_tiles<3, 4, 7>();
    }
  }
  store_tile<0>(sums);
  if constexpr (ms * ns > 1) store_tile<1>(sums + kSums);
  if constexpr (ms * ns > 2) store_tile<2>(sums + 2 * kSums);
  if constexpr (ms * ns > 3) store_tile<3>(sums + 3 * kSums);
}

// Where codes of the rows from `row` on go, and how sums become them.
struct Outputs {
  const Requantization& finish;
  const PackedRounding<S>& by;
  std::int64_t last_row;
  std::uint8_t* y;  // of row `row`, at the first position
  std::int64_t y_stride;
  std::int64_t row;
  const std::uint8_t* other;  // in the same way, or null
};

HWY_INLINE __m512i sums_of_row(const Outputs& to, const std::int32_t* sums, std::int64_t r) {
  const __m512i sum = _mm512_load_si512(sums);
  if (to.finish.bias == nullptr) return sum;
  return _mm512_add_epi32(sum, _mm512_set1_epi32(to.finish.bias[r]));
}

// Levels of a row behind its residual; they have no zero point any more.
HWY_INLINE __m512i added_row(const Outputs& to, __m512i sum, std::int64_t r, int k,
                             __m512i others) {
  const Requantization& finish = to.finish;
  const auto zero_point = static_cast<float>(finish.zero_point);
  const Rounding<S> by{.scale = S::set(finish.scale[r]),
                       .low = S::set(static_cast<float>(finish.low) - zero_point),
                       .high = to.by.high,
                       .zero_point = S::broadcast(finish.zero_point)};
  return added_to<S>(code_of<S>(sum, by), others, k, finish);
}

// One quad of rows, 16 positions.
HWY_INLINE __m512i quad_codes(const Outputs& to, const std::int32_t* sums, std::int64_t r,
                              const std::uint8_t* other, __mmask16 mask) {
  __m512i levels[4];
  if (other == nullptr) {
    for (int k = 0; k < 4; ++k) {
      const std::int64_t row = std::min(r + k, to.last_row);
      levels[k] = level_of<S>(sums_of_row(to, sums + kPositions * k, row),
                              S::set(to.finish.scale[row]), to.by);
    }
    return S::transposed(packed_codes<S>(levels[0], levels[1], levels[2], levels[3], to.by));
  }
  const __m512i others = S::load_part(other, mask);
  for (int k = 0; k < 4; ++k) {
    const std::int64_t row = std::min(r + k, to.last_row);
    levels[k] = added_row(to, sums_of_row(to, sums + kPositions * k, row), row, k, others);
  }
  return S::transposed(
      S::narrow_to_8(S::narrow_to_16(levels[0], levels[1]), S::narrow_to_16(levels[2], levels[3])));
}

// A tile of sums to quads; `count` positions of them are there.
void finish_tile(const Outputs& to, const std::int32_t* sums, std::int64_t m, std::int64_t position,
                 std::int64_t count) {
  const __mmask16 mask = S::first(std::min(count, kPositions));
  for (std::int64_t quad = 4 * m; quad < 4 * m + 4 && to.row + 4 * quad <= to.last_row; ++quad) {
    const std::uint8_t* other =
        to.other == nullptr ? nullptr : to.other + 4 * (quad * to.finish.other_stride + position);
    const __m512i codes = quad_codes(to, sums, to.row + 4 * quad, other, mask);
    S::store_part(to.y + 4 * (quad * to.y_stride + position), codes, mask);
    sums += 4 * kPositions;
  }
}

// `count` positions of 16 `ms` rows.
template <int ms, int ns>
void run_rows(const QuadTiles& weight, const Inputs& inputs, std::int64_t count,
              const Outputs& to) {
  alignas(64) std::int32_t sums[4 * kSums];
  for (std::int64_t i = 0; i < count; i += ns * kPositions) {
    const Inputs here{.x = inputs.x + 4 * i, .offsets = inputs.offsets, .stride = inputs.stride};
    const std::int64_t left = count - i;
    if (left > (ns - 1) * kPositions) {
      add_tiles<ms, ns>(weight, to.row / kRows, here, sums);
    } else if constexpr (ns > 1) {
      const Outputs rest{to.finish,
                         to.by,
                         to.last_row,
                         to.y + 4 * i,
                         to.y_stride,
                         to.row,
                         to.other == nullptr ? nullptr : to.other + 4 * i};
      return run_rows<ms, ns - 1>(weight, here, left, rest);
    }
    for (int m = 0; m < ms; ++m) {
      for (int v = 0; v < ns; ++v) {
        const std::int64_t position = i + v * kPositions;
        finish_tile(to, sums + (m * ns + v) * kSums, m, position, count - position);
      }
    }
  }
}

// Copies `vectors` vectors of every place together.
HWY_INLINE void gather(const QuadTiles& weight, const std::uint8_t* x, std::int64_t vectors,
                       std::int64_t stride, std::uint8_t* to) {
  for (const std::int32_t place : weight.places) {
    const std::uint8_t* from = x + 4 * static_cast<std::int64_t>(place);
    for (std::int64_t v = 0; v < vectors; ++v) {
      _mm512_store_si512(to + 64 * v, _mm512_loadu_si512(from + 64 * v));
    }
    to += stride;
  }
}

// Positions that are computed for all rows before the next: their inputs stay in the first cache.
std::int64_t strip_of(const QuadTiles& weight) {
  if (!weight.places.empty()) {
    return static_cast<std::int64_t>(weight.places.size()) * 256 <= kMostGatheredBytes ? 64 : 32;
  }
  return weight.tiles() * weight.height * 256 <= kMostGatheredBytes ? 64 : 32;
}

void multiply(const QuadTiles& weight, RowRange rows, const std::uint8_t* x, std::int64_t n,
              std::uint8_t* y, std::int64_t y_stride, const Requantization& finish) {
  if (n <= 0 || rows.begin >= rows.end) return;
  alignas(64) std::uint8_t gathered[kMostGatheredQuads * 256];
  const PackedRounding<S> by = packed_rounding<S>(finish);
  const std::int64_t strip = strip_of(weight);
  configure(weight.height);
  for (std::int64_t i = 0; i < n; i += strip) {
    const std::int64_t count = std::min(strip, n - i);
    Inputs inputs{.x = x + 4 * i, .offsets = weight.offsets.data(), .stride = 4 * weight.stride};
    if (!weight.places.empty()) {
      gather(weight, inputs.x, (count + kPositions - 1) / kPositions, 4 * strip, gathered);
      inputs = {.x = gathered, .offsets = nullptr, .stride = 4 * strip};
    }
    for (std::int64_t r = rows.begin; r < rows.end; r += 2 * kRows) {
      const Outputs to{
          finish,
          by,
          rows.end - 1,
          y + 4 * ((r - rows.begin) / 4 * y_stride + i),
          y_stride,
          r,
          finish.other == nullptr ? nullptr : finish.other + 4 * (r / 4 * finish.other_stride + i)};
      if (rows.end - r > kRows) {
        run_rows<2, 2>(weight, inputs, count, to);
      } else {
        run_rows<1, 4>(weight, inputs, count, to);
      }
    }
  }
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

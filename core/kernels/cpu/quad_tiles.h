// Rows of quads as dense matrix products, by tiles of 16 rows (AMX): what quad_rows.h does, for
// layers whose zeros are too few, or lie too badly, for leaving them out.
//
// A tile of inputs is up to 16 quads of 16 positions: 64 bytes of each quad's plane, the planes a
// constant distance apart. That is how values lie (quad_rows.h), so a tap of a filter reads its
// tiles where they are. Weights are 16 rows of as many quads, one tile after another.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {

// Where rows of taps may look: `quads` planes `stride` positions apart, at each of `taps` (offsets
// in a plane). Offsets of all are distinct.
struct TapPlaces {
  std::int64_t quads = 0, stride = 0;
  std::vector<std::int32_t> taps;
};

// A value.
struct QuadTiles {
  std::int64_t rows = 0;
  int height = 0;                     // quads of a tile, at most 16
  std::vector<std::int32_t> offsets;  // of each tile's first quad, in positions
  std::int64_t stride = 0;            // between a tile's quads, in positions
  std::vector<std::int32_t> weights;  // [rows / 16][tiles][16][16], four int8 each

  std::int64_t tiles() const { return static_cast<std::int64_t>(offsets.size()); }
};
constexpr std::int64_t kTileReadsBeyond = 64;  // bytes behind the last position

// The same places with fewer taps of more quads, where taps lie as far apart as the quads of all
// planes reach: those of one column of a filter, if a row of all quads lies before the next row.
// Tiles then hold quads of several taps.
TapPlaces chained(const TapPlaces& places);

// Rows without shared taps, none of which looks elsewhere than at `places`.
QuadTiles tiled_quads(const QuadRows& rows, const TapPlaces& places);
// Tiles of inputs that 16 rows are multiplied with.
std::int64_t tiles_of(const TapPlaces& places);

// Exact, with the codes of quad_rows.h, but that channels beyond the last row become junk. The
// range begins at a multiple of 16 and ends at one or at the last row; `y` is where the range's
// first quad goes.
struct QuadTileKernel {
  const char* name;
  // On this processor, and the system lets us; asks it, the first time.
  bool (*runs_here)();
  void (*multiply)(const QuadTiles& weight, RowRange rows, const std::uint8_t* x, std::int64_t n,
                   std::uint8_t* y, std::int64_t y_stride, const Requantization& finish);
};

// Null where this build or this processor has none.
const QuadTileKernel* quad_tile_kernel();

}  // namespace gcompress::kernels

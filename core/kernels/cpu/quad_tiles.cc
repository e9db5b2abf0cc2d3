// The layout of weights in tiles.
#include "gcompress/core/kernels/cpu/quad_tiles.h"

#include <algorithm>
#include <map>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cpu/quad_kernels.h"

namespace gcompress::kernels {
namespace {

constexpr std::int64_t kTileRows = 16;
constexpr std::int64_t kMostQuads = 16;  // of a tile

std::int64_t tiles_for(std::int64_t quads) { return (quads + kMostQuads - 1) / kMostQuads; }

// As full as all others, so that none is nearly empty.
std::int64_t height_for(std::int64_t quads) {
  const std::int64_t tiles = tiles_for(quads);
  return tiles == 0 ? 0 : (quads + tiles - 1) / tiles;
}

// Offsets of the quads of all tiles in order. Where they are not copied, the last tile of a tap
// begins early enough to end with the last plane; what it has a second time gets no weights.
std::vector<std::int32_t> columns_of(QuadTiles& tiled, const TapPlaces& from) {
  std::vector<std::int32_t> columns;
  if (!tiled.places.empty()) return tiled.places;
  for (const std::int32_t tap : from.taps) {
    for (std::int64_t begin = 0; begin < from.quads; begin += tiled.height) {
      const std::int64_t first = std::min<std::int64_t>(begin, from.quads - tiled.height);
      tiled.offsets.push_back(static_cast<std::int32_t>(first * from.stride + tap));
      for (std::int64_t k = first; k < first + tiled.height; ++k) {
        columns.push_back(static_cast<std::int32_t>(k * from.stride + tap));
      }
    }
  }
  return columns;
}

}  // namespace

std::int64_t tiles_of(const TapPlaces& places, bool gathers) {
  const auto taps = static_cast<std::int64_t>(places.taps.size());
  return gathers ? tiles_for(places.quads * taps) : tiles_for(places.quads) * taps;
}

QuadTiles tiled_quads(const QuadRows& rows, const TapPlaces& places, bool gathers) {
  GCOMPRESS_CHECK(rows.shared.empty());
  const auto all = places.quads * static_cast<std::int64_t>(places.taps.size());
  QuadTiles tiled{.rows = rows.rows(), .stride = places.stride};
  tiled.height = static_cast<int>(height_for(gathers ? all : places.quads));
  if (gathers) {
    GCOMPRESS_CHECK(all <= kMostGatheredQuads);
    for (const std::int32_t tap : places.taps) {
      for (std::int64_t quad = 0; quad < places.quads; ++quad) {
        tiled.places.push_back(static_cast<std::int32_t>(quad * places.stride + tap));
      }
    }
    // The last tile is full, too; the weights of what it copies in vain are zeros.
    const std::int64_t full = tiles_of(places, true) * tiled.height;
    if (all > 0) tiled.places.resize(static_cast<std::size_t>(full), tiled.places.front());
  }
  const std::vector<std::int32_t> columns = columns_of(tiled, places);
  std::map<std::int32_t, std::int64_t> column_at;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    column_at.try_emplace(columns[c], static_cast<std::int64_t>(c));
  }
  const std::int64_t height = tiled.height;
  const auto count = static_cast<std::int64_t>(columns.size());
  const std::int64_t blocks = (tiled.rows + kTileRows - 1) / kTileRows;
  tiled.weights.resize(static_cast<std::size_t>(blocks * kTileRows * count));
  for (std::int64_t r = 0; r < tiled.rows; ++r) {
    const auto row = static_cast<std::size_t>(r);
    for (std::int64_t t = rows.begin[row]; t < rows.begin[row + 1]; ++t) {
      const QuadTap& tap = rows.taps[static_cast<std::size_t>(t)];
      const std::int64_t column = column_at.at(tap.offset);
      const std::int64_t at = (r / kTileRows * count + column / height * height) * kTileRows +
                              r % kTileRows * height + column % height;
      tiled.weights[static_cast<std::size_t>(at)] = tap.weights;
    }
  }
  return tiled;
}

const QuadTileKernel* quad_tile_kernel() {
  static const QuadTileKernel* const found = [] {
    const QuadTileKernel* kernel = amx_quad_tile_kernel();
    return kernel != nullptr && kernel->runs_here() ? kernel : nullptr;
  }();
  return found;
}

}  // namespace gcompress::kernels

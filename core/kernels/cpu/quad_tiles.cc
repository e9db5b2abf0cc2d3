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

}  // namespace

TapPlaces chained(const TapPlaces& places) {
  const auto next = static_cast<std::int32_t>(places.quads * places.stride);
  TapPlaces joined{.quads = 0, .stride = places.stride, .taps = {}};
  std::int64_t length = 0;
  for (const std::int32_t tap : places.taps) {
    if (std::ranges::find(places.taps, tap - next) != places.taps.end()) continue;
    std::int64_t links = 1;
    for (std::int32_t at = tap + next; std::ranges::find(places.taps, at) != places.taps.end();
         at += next) {
      ++links;
    }
    if (length != 0 && links != length) return places;
    length = links;
    joined.taps.push_back(tap);
  }
  joined.quads = places.quads * std::max<std::int64_t>(length, 1);
  return joined;
}

std::int64_t tiles_of(const TapPlaces& places) {
  return tiles_for(places.quads) * static_cast<std::int64_t>(places.taps.size());
}

QuadTiles tiled_quads(const QuadRows& rows, const TapPlaces& places) {
  GCOMPRESS_CHECK(rows.shared.empty());
  QuadTiles tiled{.rows = rows.rows(), .stride = places.stride};
  tiled.height = static_cast<int>(height_for(places.quads));
  if (tiled.height == 0) return tiled;
  // The last tile of a tap begins early enough to end with the last plane; what it has a second
  // time gets no weights.
  std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>> tile_and_quad;
  for (const std::int32_t tap : places.taps) {
    for (std::int64_t begin = 0; begin < places.quads; begin += tiled.height) {
      const std::int64_t first = std::min<std::int64_t>(begin, places.quads - tiled.height);
      const auto tile = static_cast<std::int64_t>(tiled.offsets.size());
      tiled.offsets.push_back(static_cast<std::int32_t>(first * places.stride + tap));
      for (std::int64_t k = 0; k < tiled.height; ++k) {
        const std::int64_t offset = (first + k) * places.stride + tap;
        tile_and_quad.try_emplace(static_cast<std::int32_t>(offset), tile, k);
      }
    }
  }
  const std::int64_t blocks = (tiled.rows + kTileRows - 1) / kTileRows;
  tiled.weights.resize(static_cast<std::size_t>(blocks * tiled.tiles() * kTileRows * kMostQuads));
  for (std::int64_t r = 0; r < tiled.rows; ++r) {
    const auto row = static_cast<std::size_t>(r);
    for (std::int64_t t = rows.begin[row]; t < rows.begin[row + 1]; ++t) {
      const QuadTap& tap = rows.taps[static_cast<std::size_t>(t)];
      const auto& [tile, quad] = tile_and_quad.at(tap.offset);
      const std::int64_t at =
          ((r / kTileRows * tiled.tiles() + tile) * kTileRows + r % kTileRows) * kMostQuads + quad;
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

// Costs of kernels.
#include "gcompress/core/engine/integer/ways.h"

#include <algorithm>
#include <utility>

namespace gcompress::engine::integer {
namespace {

// Share of quads kept from which on rows share taps: a third are where every tenth weight is kept
// at random (1.1 to 1.4 times faster), a tenth where blocks of four are (not faster).
constexpr double kWorthSharingTaps = 0.2;

// Nanoseconds / 0.48 for 16 positions, measured on one core of a Sapphire Rapids.
constexpr double kOwnTap = 0.95, kSharedTap = 1.45, kRounding = 4;  // of a row
// Of 16 rows. Weights that do not stay in the first cache beside inputs are read anew for every 32
// or 64 positions; where there are few tiles, rounding hides behind none.
constexpr double kNearTile = 14, kFarTile = 30;
constexpr double kTileRounding = 35, kBareTileRounding = 80;
constexpr std::int64_t kNearTiles = 24;  // of all rows, 1 KiB each

double cost_of(const kernels::QuadRows& rows) {
  return kOwnTap * static_cast<double>(rows.taps.size()) +
         kSharedTap * static_cast<double>(rows.shared.size()) +
         kRounding * static_cast<double>(rows.rows());
}

double cost_of_tiles(std::int64_t rows, const kernels::TapPlaces& places) {
  const std::int64_t tiles = tiles_of(places);
  const std::int64_t blocks = (rows + 15) / 16;
  const double tile = blocks * tiles <= kNearTiles ? kNearTile : kFarTile;
  return static_cast<double>(blocks) *
         (tile * static_cast<double>(tiles) + (tiles < 4 ? kBareTileRounding : kTileRounding));
}

}  // namespace

kernels::QuadRows with_shared_taps(const kernels::QuadRows& rows,
                                   const kernels::TapPlaces& places) {
  const double all = static_cast<double>(rows.rows()) * static_cast<double>(places.quads) *
                     static_cast<double>(places.taps.size());
  const bool worth = static_cast<double>(rows.taps.size()) > kWorthSharingTaps * all;
  return worth ? kernels::share_taps(rows, 2) : rows;
}

std::optional<kernels::QuadTiles> worthwhile_tiles(const kernels::QuadRows& rows,
                                                   const kernels::QuadRows& sharing,
                                                   const kernels::TapPlaces& places) {
  if (kernels::quad_tile_kernel() == nullptr || places.quads == 0) return {};
  const kernels::TapPlaces joined = kernels::chained(places);
  if (cost_of_tiles(rows.rows(), joined) >= cost_of(sharing)) return {};
  return kernels::tiled_quads(rows, joined);
}

kernels::TableRows worthwhile_tables(const kernels::QuadRows& rows,
                                     const kernels::MaskedQuads& masked) {
  if (kernels::table_vector_kernel() == nullptr) return {};
  // Cycles: two loads more than a step's own, and two instructions that share a port beside a mask.
  constexpr double kStep = 2, kBlock = 3;
  kernels::TableRows tables = kernels::table_rows(rows);
  const double all = kBlock * static_cast<double>(masked.masks.size());
  return kStep * static_cast<double>(tables.steps()) < all ? std::move(tables)
                                                           : kernels::TableRows{};
}

}  // namespace gcompress::engine::integer

// Which kernel computes a layer: by counting what each would do, in times that they were measured
// to take on a processor that has all of them.
#pragma once

#include <cstdint>
#include <optional>

#include "gcompress/core/kernels/cpu/quad_rows.h"
#include "gcompress/core/kernels/cpu/quad_tiles.h"
#include "gcompress/core/kernels/cpu/quad_vector.h"
#include "gcompress/core/kernels/cpu/table_vector.h"

namespace gcompress::engine::integer {

// Rows of taps to codes, some of them shared where that is less work.
kernels::QuadRows with_shared_taps(const kernels::QuadRows& rows, const kernels::TapPlaces& places);

// Tiles where they are there and less work than these rows, laid out from rows without shared taps.
std::optional<kernels::QuadTiles> worthwhile_tiles(const kernels::QuadRows& rows,
                                                   const kernels::QuadRows& sharing,
                                                   const kernels::TapPlaces& places);

// Tables for one vector where they are there and less work than masks; else of no rows.
kernels::TableRows worthwhile_tables(const kernels::QuadRows& rows,
                                     const kernels::MaskedQuads& masked);

}  // namespace gcompress::engine::integer

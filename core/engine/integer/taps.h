// Where the filters of a layer look, as the kernels over quads count.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/engine/integer/cut_planes.h"
#include "gcompress/core/engine/integer/filters.h"
#include "gcompress/core/engine/integer/layout.h"
#include "gcompress/core/kernels/cpu/quad_rows.h"
#include "gcompress/core/kernels/cpu/quad_tiles.h"

namespace gcompress::engine::integer {

// A layer's values and filters; planes of the input lie as they are, or cut.
struct Geometry {
  CodeValue in, out;
  Filters filters;
  Cut cut;
};

// Of every quad of the input and every tap of a filter.
kernels::TapPlaces places_of(const Geometry& layer);
// Taps that are not zeros.
kernels::QuadRows rows_of(const Geometry& layer);

// A piece that a kernel computes at once: positions of the input and of the output.
struct Run {
  std::int64_t x = 0, y = 0, n = 0;
};
// One run over all rows where junk between rows costs less than many short runs, else one a row.
std::vector<Run> runs_of(const Geometry& layer);

}  // namespace gcompress::engine::integer

// Chains of layers computed by bands of rows: some rows of the first layer, then the rows of the
// second that they suffice for, and so on, so that what lies between two layers is read while it
// is in the cache. It is kept in a buffer of a band's rows, and those that the next band reads,
// too; so layers compute no row twice, but where threads share a map: each begins some rows early.
//
// At time t, layer k of a chain computes rows [rows t + lead, rows (t + 1) + lead) of its output.
// `rows` is that of the last layer times the strides between; `lead` is how far a layer is ahead
// of what the next one reads. Rows outside the map are computed as zeros: the padding of the next.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gcompress/core/engine/layout.h"
#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {

// Rows [a, b) of an output are made of rows [a stride - before, (b - 1) stride - before + extent)
// of the input.
struct RowReach {
  std::int64_t stride = 1, before = 0, extent = 1;
};

// None where the first output is not made of a few rows of the first input alone.
std::optional<RowReach> reach_of(const Binding& binding);

// A layer that may be part of a chain: its input is the output of the one before it.
struct ChainLayer {
  RowReach reach;
  std::int64_t channels = 0, height = 0;  // of its output
  std::int64_t row = 0;                   // floats from a row of its output to the next
  std::int64_t weight_bytes = 0;

  std::int64_t bytes() const;  // of its output
};

// How a layer's output is computed and kept.
struct Band {
  std::int64_t rows = 0;
  std::int64_t lead = 0;
  std::int64_t halo = 0;   // rows before the band's that the next layer reads with it
  std::int64_t early = 0;  // first row that the next layers read for their own first, <= 0

  std::int64_t first_row(std::int64_t time) const { return rows * time + lead; }
};

// Bands of each layer for so many rows of the last one's output.
std::vector<Band> bands_of(std::span<const ChainLayer> layers, std::int64_t last_rows);

// The time at which the first layer has to begin so that rows of the last one's output from
// `begin` bands on come out right.
std::int64_t first_time(std::span<const Band> bands, std::int64_t begin);

// How the rows of a band lie while a chain runs: `first` is where the band's own rows begin, and
// the halo lies before. Kernels take it for a map of which only those rows are there.
PlaneLayout band_layout(const ChainLayer& layer, std::int64_t width, const Band& band);

// Layers [begin, end), computed in bands of `rows` rows of the last one's output; a single layer
// is none.
struct ChainCut {
  std::size_t begin = 0, end = 0;
  std::int64_t rows = 0;
};

// Cuts a run of layers into chains that pay: what they keep near would not stay in a cache of
// `cache_bytes` otherwise, and their buffers and weights do. `input_bytes`: of the first layer.
std::vector<ChainCut> cut_into_chains(std::span<const ChainLayer> layers, std::int64_t input_bytes,
                                      std::int64_t cache_bytes);

// Of the second-level cache of a processor; a guess where the system does not say.
std::int64_t near_cache_bytes();

}  // namespace gcompress::engine

// Sparse rows over panels of inputs: what tap_rows.h computes, where columns are few enough, or
// taps many enough, that inputs are read from the first-level cache.
//
// A panel holds the inputs of up to 64 columns, a place after another: place p of column i at
// p width + i. Places are taken block by block, so that those of a block stay in the first-level
// cache while rows pass, and sums of the blocks before wait. Rows are taken in parts, and within
// a part and block in the order of their number of taps, so that loops end where the processor
// expects it. A tap takes 6 bytes: a value and a place of 16 bits.
//
// On one core of an Intel Xeon (Sapphire Rapids) at a tenth of the weights: 64 GFLOP/s at 16
// columns, 89 at 32, 97 at 48, which are 35, 48 and 53% of its limit; with AVX2 65 GFLOP/s at 64.
// Rows in the order of their length as in Gale et al., Sparse GPU Kernels for Deep Learning (2020).
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::kernels {

// A value; one for all instruction sets.
struct PanelRows {
  // So many rows, one after another in the order of their part, of so many taps each.
  struct Run {
    std::int32_t rows = 0;
    std::int32_t taps = 0;
  };
  // Where the runs and taps of a part's block begin.
  struct Begin {
    std::int64_t run = 0, row = 0, tap = 0;
  };
  std::int64_t rows = 0;
  std::int64_t width = 0;             // columns of a panel: 4, 8, or 16 to 64 by sixteens
  std::int64_t part_rows = 0;         // of all parts but the last
  std::int64_t blocks = 1;            // of places
  std::vector<std::int32_t> offsets;  // of the places, in rising order; empty: place p is p width
  std::vector<std::int64_t> first_place;  // of blocks, and the end
  std::vector<Begin> begins;              // [parts][blocks], and the end
  std::vector<Run> runs;
  std::vector<std::uint16_t> order;   // of each part's block: rows of the part
  std::vector<std::uint16_t> places;  // of taps, from the block's first on: times width / 2
  std::vector<float> values;

  std::int64_t parts() const { return part_rows == 0 ? 0 : (rows + part_rows - 1) / part_rows; }
};

inline constexpr std::int64_t kMostPanelWidth = 64;
// Sums of a part that wait for the next block: 64 KiB, on the stack.
inline constexpr std::int64_t kMostPartFloats = 16'384;

struct PanelShape {
  std::int64_t width = 16;
  std::int64_t part_rows = 256;       // times width: at most kMostPartFloats
  std::int64_t block_floats = 9'216;  // of a panel's block: 36 KiB; at most 131,072
};

// Offsets of taps are columns of W, and places.
PanelRows panel_rows_of_matrix(const TapRows& weight, const PanelShape& shape);

// Offsets as for multiply_tap_rows(): each that is used becomes a place.
PanelRows panel_rows_of_taps(const TapRows& weight, const PanelShape& shape);

// The panel of `columns` columns of x for rows made of taps: weight.offsets.size() places.
void copy_panel(const PanelRows& weight, std::int64_t columns, const float* x, float* panel);

// Rows of the parts [parts.begin, parts.end) of y = clamp(W panel + bias + add), `columns` columns,
// no more than the width, all of them for widths below 16, else by sixteens. y, bias and add are
// those of row 0; y_stride >= columns.
void multiply_panel_rows(const PanelRows& weight, RowRange parts, std::int64_t columns,
                         const float* panel, float* y, std::int64_t y_stride,
                         const Epilogue& epilogue);

}  // namespace gcompress::kernels

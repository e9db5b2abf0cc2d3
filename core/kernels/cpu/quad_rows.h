// Sparse rows over 8-bit integers: tap_rows.h for quantized networks.
//
//   sum[r][i] = bias[r] + sum over taps t of row r: w[t][0..3] . x[offset[t] + i][0..3],
//   0 <= i < n
//
// The input is laid out in quads: four channels of a position (a pixel, or a pixel of an image) lie
// beside each other, [channels / 4][positions][4] unsigned bytes, so that one lane of vpdpbusd
// multiplies and adds four channels. A tap is a quad of signed weights and the position where its
// plane begins, shifted by the filter's place: a matrix has offset = quad * positions, a
// convolution over a padded plane offset = quad * plane + dy * width + dx. Outputs are quads
// again.
//
// Sums are exact: |sum| < 2^31 as long as a row has fewer than 16,000 taps. A zero point of the
// input goes into the bias (-zero point times the sum of the row's weights), and padding holds
// the zero point.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::kernels {

struct QuadTap {
  std::int32_t offset = 0;   // >= 0, in positions
  std::int32_t weights = 0;  // four int8, the first channel in the lowest byte
};

// A tap of four rows: the input is loaded once for all of them.
struct SharedQuadTap {
  std::int32_t offset = 0;
  std::array<std::int32_t, 4> weights{};  // of each row, as in QuadTap
};

using QuadWeights = std::array<std::int8_t, 4>;

// A value.
struct QuadRows {
  std::vector<std::int64_t> begin = {0};  // of each row, and the end: rows + 1 of them
  std::vector<QuadTap> taps;
  // Taps that rows 4 q to 4 q + 3 have besides (share_taps): where they begin for each q, and the
  // end. Empty: none.
  std::vector<std::int64_t> shared_begin;
  std::vector<SharedQuadTap> shared;
  // Input planes that outputs of one position read. Where there are many, fewer positions are
  // computed together, so that their inputs stay in the first cache. 0: few.
  std::int64_t planes = 0;

  std::int64_t rows() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  // Quads of zeros are left out.
  void add_tap(std::int32_t offset, const QuadWeights& weights);
  void end_row();
};

// How sums become codes of the output, as QuantizeLinear rounds: to nearest, ties to even.
//   code = clamp(round(scale[r] sum) + zero_point, low, high)
struct Requantization {
  const std::int32_t* bias = nullptr;  // [rows]; null: 0
  const float* scale = nullptr;        // [rows]: input scale x weight scale / output scale
  std::uint8_t zero_point = 0, low = 0, high = 255;
  // A residual: other codes in quads, [rows / 4][n] with a stride in positions; null: none. Then
  //   code = clamp(round(other_scale other + (own_scale code + fixed)), add_low, add_high),
  // with the zero points of all three in `fixed`, as ONNX Runtime adds integers.
  const std::uint8_t* other = nullptr;
  std::int64_t other_stride = 0;
  float own_scale = 1, other_scale = 1, fixed = 0;
  std::uint8_t add_low = 0, add_high = 255;
};

// How sums become numbers: scale[r] sum.
struct Dequantization {
  const std::int32_t* bias = nullptr;  // [rows]; null: 0
  const float* scale = nullptr;        // [rows]: input scale x weight scale
};

// One instruction set's kernels. Rows of the range only, for callers that share out rows among
// threads; bias and scale are those of row 0. They read x up to the largest offset + n - 1
// positions and no further, and need no alignment; loads are fastest at multiples of 64 bytes.
struct QuadKernel {
  const char* name;
  bool (*runs_here)();  // on this processor
  // vpmaddubsw adds two products in 16 bits and saturates. Such a kernel wants rows from
  // split_pairs(); then it is exact, too.
  bool wants_split_pairs;
  // To quads. The range begins at a multiple of 4, and ends at one or at the last row; of the last
  // quad, channels beyond the last row are 0. `y` is where the range's first quad goes, others
  // follow y_stride positions apart. It must not overlap x; it may be `other`.
  void (*multiply)(const QuadRows& weight, RowRange rows, const std::uint8_t* x, std::int64_t n,
                   std::uint8_t* y, std::int64_t y_stride, const Requantization& finish);
  // To floats: y[row of the range][i], rows y_stride apart. Rows must have no shared taps.
  void (*multiply_to_floats)(const QuadRows& weight, RowRange rows, const std::uint8_t* x,
                             std::int64_t n, float* y, std::int64_t y_stride,
                             const Dequantization& finish);
};

// All kernels of this build, best first; the last one runs everywhere.
std::span<const QuadKernel> quad_kernels();
// The first that runs here.
const QuadKernel& best_quad_kernel();

// The same sums: taps that at least `least` of four rows have in one place are shared by them. A
// shared tap costs one load and four products; loads are what limits taps of single rows, most of
// all where they are not aligned. Dense rows share all. Before split_pairs.
QuadRows share_taps(const QuadRows& weight, int least);

// The same sums, from quads whose neighbours (0, 1) and (2, 3) never leave 16 bits when multiplied
// by 255: others become two taps, of even and of odd channels. Of 8-bit weights at a tenth of the
// density few do.
QuadRows split_pairs(const QuadRows& weight);
// As the kernel wants them.
QuadRows laid_out_for(const QuadKernel& kernel, QuadRows weight);

}  // namespace gcompress::kernels

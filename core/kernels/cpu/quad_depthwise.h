// Convolutions with a filter a channel over quads (quad_rows.h), which as rows of taps would leave
// three of four products to zeros.
//
//   sum[c][y][i] = bias[c] + sum over ky, kx: w[c][ky][kx] . x[c / 4][y x_row + ky pitch +
//                                                              stride i + kx][c % 4]
//
// Four positions in a row are 16 bytes, four channels of each. Transposed, they are a lane a
// channel with four neighbours in it, and vpdpbusd adds four taps of a row of the filter at once.
// So a filter of 3 x 3 takes three products an output where a quad's rows of taps take nine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {

// A value.
struct DepthwiseQuads {
  std::int64_t channels = 0;
  int height = 0;                     // of a filter
  std::vector<int> columns;           // the first tap's, of each part of a filter's row
  std::vector<std::int32_t> weights;  // [quads][height][parts][4 channels], four taps each
  int stride = 1;                     // along a row: 1 or 2
  std::int64_t pitch = 0;             // positions between rows of the input

  std::int64_t quads() const { return (channels + 3) / 4; }
  int parts() const { return static_cast<int>(columns.size()); }
};

// What is computed at once: `rows` rows of n positions each; distances in positions.
struct DepthwiseRun {
  std::int64_t n = 0, rows = 1, x_row = 0, y_row = 0;
};

// One instruction set's kernels, exact as those of quad_rows.h, with the same codes. Quads of the
// range alone, `x` and `y` at the first of them, others x_stride and y_stride positions apart. Bias
// and scale are of whole quads, from channel 0 on; channels beyond the last become junk. They read
// up to kDepthwiseReadsBeyond bytes behind the last position that some tap looks at. No residual.
struct QuadDepthwiseKernel {
  const char* name;
  bool (*runs_here)();
  bool wants_split_pairs;  // as in quad_rows.h
  void (*multiply)(const DepthwiseQuads& weight, RowRange quads, const std::uint8_t* x,
                   std::int64_t x_stride, const DepthwiseRun& run, std::uint8_t* y,
                   std::int64_t y_stride, const Requantization& finish);
};
constexpr std::int64_t kDepthwiseReadsBeyond = 256;

// Best first; the last runs everywhere.
std::span<const QuadDepthwiseKernel> quad_depthwise_kernels();
// The first that runs here.
const QuadDepthwiseKernel& best_quad_depthwise_kernel();

// `weights`: [channels][height][width]; stride 1 or 2. Laid out as the kernel wants them.
DepthwiseQuads depthwise_quads(const QuadDepthwiseKernel& kernel,
                               std::span<const std::int8_t> weights, std::int64_t channels,
                               int height, int width, int stride, std::int64_t pitch);

}  // namespace gcompress::kernels

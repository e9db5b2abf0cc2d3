// Sparse rows over shifted inputs: one kernel for sparse matrices times several columns, and for
// sparse convolutions.
//
//   y[r][i] = clamp(bias[r] + sum over taps t of row r: value[t] x[offset[t] + i] + add[r][i]),
//   0 <= i < n
//
// A matrix W [rows, k] times x [k, n] has offset = k * n for column k of W. A convolution over a
// padded plane [h, w] has offset = channel * plane + dy * w + dx, and writes rows of w of which the
// last few are of no meaning; strides become planes of their own (engine/convolution.h).
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace gcompress::kernels {

// Rows of taps, one after another: what a sparse weight is laid out as. A value.
struct TapRows {
  std::vector<std::int64_t> begin = {0};  // of each row, and the end: rows + 1 of them
  std::vector<std::int32_t> offsets;      // >= 0, in elements
  std::vector<float> values;

  std::int64_t rows() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::int64_t taps() const { return begin.back(); }
  void add_tap(std::int32_t offset, float value);
  void end_row();
};

// What happens to sums before they are stored.
struct Epilogue {
  const float* bias = nullptr;  // [rows]; null: 0
  const float* add = nullptr;   // [rows][n] with a stride; null: nothing
  std::int64_t add_stride = 0;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  // [n], for n of whole cache lines; null: all. Bits of places that are no results: 0, and 0 is
  // stored there, whatever was computed. Others have all bits set.
  const std::uint32_t* keep = nullptr;
};

struct RowRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

// Rows of this range only, for callers that share out rows among threads. `y` is where the first
// of them goes, others follow y_stride apart; bias and `add` are those of row 0.
// Reads x up to the largest offset + n - 1 and no further. y must not overlap x; it may be `add`.
// Sums in an order that n decides, with fused multiply-add where the processor has it. Chooses
// AVX-512, AVX2, SSE4 or NEON at run time.
void multiply_tap_rows(const TapRows& weight, RowRange rows, const float* x, std::int64_t n,
                       float* y, std::int64_t y_stride, const Epilogue& epilogue);

}  // namespace gcompress::kernels

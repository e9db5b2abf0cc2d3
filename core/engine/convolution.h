// How a convolution becomes rows of taps over shifted planes (core/kernels/cpu/tap_rows.h).
//
// An input that has a frame as wide as the padding is read as it lies. Any other is cut: the padded
// input becomes stride_y x stride_x planes a channel, the plane of phase (p, q) holding rows p,
// p + stride_y, ... and columns q, q + stride_x, ... Behind that every tap of the filter is a
// constant offset, whatever strides and dilations are, and a row of outputs takes `row` places, of
// which the first `out_width` mean something.
#pragma once

#include <cstdint>
#include <optional>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/engine/layout.h"
#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::engine {

// Of one image; two spatial axes. Counts in floats.
struct ConvolutionPlan {
  std::int64_t channels = 0;  // of a group's input
  std::int64_t in_height = 0, in_width = 0;
  std::int64_t in_row = 0, in_plane = 0, in_first = 0;  // how the input lies
  std::int64_t out_height = 0, out_width = 0;           // rows that are computed at a time
  std::int64_t stride_y = 1, stride_x = 1;
  std::int64_t phases_y = 1, phases_x = 1;                  // that some tap reads
  std::int64_t pad_y = 0, pad_x = 0;                        // before the first row and column
  bool cuts = true;                                         // false: the planes are the input's own
  std::int64_t height = 0, row = 0, plane = 0, origin = 0;  // of the planes; where tap (0, 0) reads

  // Of a group's cut input, with what a kernel that computes whole lines reads behind it.
  std::int64_t cut_elements() const {
    return cuts ? channels * phases_y * phases_x * plane + row + 2 * kLine : 0;
  }
  // Places computed in a plane of outputs, where they end with the last row's last output.
  std::int64_t columns() const { return (out_height - 1) * row + out_width; }
};

// A channel with a filter of its own, of a shape that kernels::depthwise() has.
bool is_depthwise(const graph::ConvAttributes& attributes, const Shape& input, const Shape& output);

// The frame that lets a convolution read its input as it lies; none where it cannot: it changes the
// size, or the padding is wide beside the rows.
std::optional<Frame> wanted_frame(const graph::ConvAttributes& attributes, const Shape& input,
                                  const Shape& output);

// `input` [n, c, h, w], `output` [n, m, h, w], and how they lie. `band_rows`: of outputs that are
// computed at a time; 0: all.
ConvolutionPlan plan_convolution(const graph::ConvAttributes& attributes, const Shape& input,
                                 const std::optional<PlaneLayout>& input_layout,
                                 const Shape& output,
                                 const std::optional<PlaneLayout>& output_layout,
                                 std::int64_t band_rows = 0);

// Taps of the filters [begin, end) of a weight [m, c, kh, kw], the first filter reading from input
// channel `channel` of what the taps are applied to, each `group_filters` from `channels` further
// on; zeros are left out.
struct FilterRange {
  std::int64_t begin = 0, end = 0;
  std::int64_t group_filters = 0;
};
kernels::TapRows taps_of(const ConvolutionPlan& plan, const graph::ConvAttributes& attributes,
                         const Shape& kernel, const float* weight, const FilterRange& filters);

// Writes the planes of one channel for outputs from row `first_row` on, padding as zeros. `input`
// at the channel's plane, `planes` at the channel's first.
void cut_channel(const ConvolutionPlan& plan, const float* input, float* planes,
                 std::int64_t first_row = 0);

}  // namespace gcompress::engine

// How a convolution becomes rows of taps over shifted planes (core/kernels/cpu/tap_rows.h).
//
// The padded input is cut into stride_y x stride_x planes: the plane of phase (p, q) holds rows p,
// p + stride_y, ... and columns q, q + stride_x, ... Behind that every tap of the filter is a
// constant offset, whatever strides and dilations are, and a row of outputs takes `width` places,
// of which the first `out_width` mean something.
#pragma once

#include <cstdint>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::engine {

// Of one image and one group; two spatial axes.
struct ConvolutionPlan {
  std::int64_t channels = 0;  // of the group's input
  std::int64_t in_height = 0, in_width = 0;
  std::int64_t out_height = 0, out_width = 0;
  std::int64_t stride_y = 1, stride_x = 1;
  std::int64_t pad_y = 0, pad_x = 0;   // before the first row and column
  std::int64_t height = 0, width = 0;  // of a plane
  bool copies = true;                  // false: the input lies as the planes would

  std::int64_t planes() const { return channels * stride_y * stride_x; }
  std::int64_t plane_elements() const { return planes() * height * width; }
  // Places computed in a row of outputs' plane.
  std::int64_t columns() const { return (out_height - 1) * width + out_width; }
};

// `input` [n, c, h, w], `output` [n, m, h, w].
ConvolutionPlan plan_convolution(const graph::ConvAttributes& attributes, const Shape& input,
                                 const Shape& output);

// Taps of the filters [begin, end) of a weight [m, c, kh, kw]; zeros are left out.
kernels::TapRows taps_of(const ConvolutionPlan& plan, const graph::ConvAttributes& attributes,
                         const Shape& kernel, const float* weight, std::int64_t begin,
                         std::int64_t end);

// Writes plane p's rows of a group's input, padding as zeros. `planes` [plane_elements()].
void cut_into_planes(const ConvolutionPlan& plan, const float* input, std::int64_t channel,
                     float* planes);

}  // namespace gcompress::engine

// Convolutions as taps.
#include "gcompress/core/engine/convolution.h"

#include <algorithm>

namespace gcompress::engine {

ConvolutionPlan plan_convolution(const graph::ConvAttributes& attributes, const Shape& input,
                                 const Shape& output) {
  const graph::Window& window = attributes.window;
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, {input[2], input[3]});
  ConvolutionPlan plan{.channels = input[1] / attributes.group,
                       .in_height = input[2],
                       .in_width = input[3],
                       .out_height = output[2],
                       .out_width = output[3],
                       .stride_y = window.strides[0],
                       .stride_x = window.strides[1],
                       .pad_y = pads[0],
                       .pad_x = pads[1]};
  // Rows and columns of the padded input that some output reads.
  const auto read = [&](std::size_t axis, std::int64_t out) {
    return (out - 1) * window.strides[axis] + (window.kernel[axis] - 1) * window.dilations[axis] +
           1;
  };
  const auto share = [](std::int64_t all, std::int64_t stride) {
    return (all + stride - 1) / stride;
  };
  plan.height = share(read(0, plan.out_height), plan.stride_y);
  plan.width = share(read(1, plan.out_width), plan.stride_x);
  plan.copies = plan.stride_y != 1 || plan.stride_x != 1 || plan.height != plan.in_height ||
                plan.width != plan.in_width || plan.pad_y != 0 || plan.pad_x != 0;
  return plan;
}

kernels::TapRows taps_of(const ConvolutionPlan& plan, const graph::ConvAttributes& attributes,
                         const Shape& kernel, const float* weight, std::int64_t begin,
                         std::int64_t end) {
  const graph::Window& window = attributes.window;
  kernels::TapRows rows;
  for (std::int64_t m = begin; m < end; ++m) {
    const float* value = weight + m * kernel[1] * kernel[2] * kernel[3];
    for (std::int64_t c = 0; c < kernel[1]; ++c) {
      for (std::int64_t ky = 0; ky < kernel[2]; ++ky) {
        for (std::int64_t kx = 0; kx < kernel[3]; ++kx, ++value) {
          if (*value == 0) continue;
          const std::int64_t y = ky * window.dilations[0];
          const std::int64_t x = kx * window.dilations[1];
          const std::int64_t plane =
              (c * plan.stride_y + y % plan.stride_y) * plan.stride_x + x % plan.stride_x;
          const std::int64_t offset =
              plane * plan.height * plan.width + y / plan.stride_y * plan.width + x / plan.stride_x;
          rows.add_tap(static_cast<std::int32_t>(offset), *value);
        }
      }
    }
    rows.end_row();
  }
  return rows;
}

void cut_into_planes(const ConvolutionPlan& plan, const float* input, std::int64_t channel,
                     float* planes) {
  const float* from = input + channel * plan.in_height * plan.in_width;
  float* to = planes + channel * plan.stride_y * plan.stride_x * plan.height * plan.width;
  for (std::int64_t p = 0; p < plan.stride_y; ++p) {
    for (std::int64_t q = 0; q < plan.stride_x; ++q) {
      // Columns j of the plane that lie inside the input: 0 <= j stride + q - pad < in_width.
      const std::int64_t first = std::clamp<std::int64_t>(
          (plan.pad_x - q + plan.stride_x - 1) / plan.stride_x, 0, plan.width);
      const std::int64_t last = std::clamp<std::int64_t>(
          (plan.in_width + plan.pad_x - q + plan.stride_x - 1) / plan.stride_x, first, plan.width);
      for (std::int64_t i = 0; i < plan.height; ++i, to += plan.width) {
        const std::int64_t y = i * plan.stride_y + p - plan.pad_y;
        if (y < 0 || y >= plan.in_height) {
          std::fill(to, to + plan.width, 0.0F);
          continue;
        }
        const float* row = from + y * plan.in_width + q - plan.pad_x;
        std::fill(to, to + first, 0.0F);
        if (plan.stride_x == 1) {
          std::copy(row + first, row + last, to + first);
        } else {
          for (std::int64_t j = first; j < last; ++j) to[j] = row[j * plan.stride_x];
        }
        std::fill(to + last, to + plan.width, 0.0F);
      }
    }
  }
}

}  // namespace gcompress::engine

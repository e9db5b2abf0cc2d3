// Convolutions as taps.
#include "gcompress/core/engine/convolution.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/kernels/cpu/depthwise.h"
#include "gcompress/core/kernels/cpu/row_copy.h"

namespace gcompress::engine {
namespace {

// Rounded up, also below 0.
std::int64_t whole(std::int64_t all, std::int64_t part) {
  return all > 0 ? (all + part - 1) / part : -(-all / part);
}

// Rows or columns of the padded input that some output reads.
std::int64_t read_along(const graph::Window& window, std::size_t axis, std::int64_t out) {
  return (out - 1) * window.strides[axis] + (window.kernel[axis] - 1) * window.dilations[axis] + 1;
}

// Phases of the stride that some tap falls into, at most.
std::int64_t phases(const graph::Window& window, std::size_t axis) {
  return std::min(window.strides[axis], (window.kernel[axis] - 1) * window.dilations[axis] + 1);
}

}  // namespace

bool is_depthwise(const graph::ConvAttributes& attributes, const Shape& input,
                  const Shape& output) {
  const graph::Window& window = attributes.window;
  return attributes.group > 1 && attributes.group == input[1] && attributes.group == output[1] &&
         window.kernel[0] == window.kernel[1] && window.strides[0] == window.strides[1] &&
         window.dilations[0] == 1 && window.dilations[1] == 1 &&
         kernels::has_depthwise(window.kernel[0], window.strides[0]);
}

std::optional<Frame> wanted_frame(const graph::ConvAttributes& attributes, const Shape& input,
                                  const Shape& output) {
  const graph::Window& window = attributes.window;
  const bool strided = window.strides[0] != 1 || window.strides[1] != 1;
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, {input[2], input[3]});
  if (is_depthwise(attributes, input, output)) {
    return Frame{.top = pads[0], .bottom = pads[2], .side = std::max(pads[1], pads[3])};
  }
  if (strided || input[2] != output[2] || input[3] != output[3]) return std::nullopt;
  const std::int64_t side = std::max(pads[1], pads[3]);
  // Places between rows are computed for nothing.
  if (side > std::max<std::int64_t>(1, input[3] / 8)) return std::nullopt;
  return Frame{.top = pads[0], .bottom = pads[2], .side = side};
}

ConvolutionPlan plan_convolution(const graph::ConvAttributes& attributes, const Shape& input,
                                 const std::optional<PlaneLayout>& input_layout,
                                 const Shape& output,
                                 const std::optional<PlaneLayout>& output_layout,
                                 std::int64_t band_rows) {
  const graph::Window& window = attributes.window;
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, {input[2], input[3]});
  ConvolutionPlan plan{.channels = input[1] / attributes.group,
                       .in_height = input[2],
                       .in_width = input[3],
                       .in_row = input_layout ? input_layout->row : input[3],
                       .in_plane = input_layout ? input_layout->plane : input[2] * input[3],
                       .in_first = input_layout ? input_layout->first : 0,
                       .out_height = band_rows > 0 ? band_rows : output[2],
                       .out_width = output[3],
                       .stride_y = window.strides[0],
                       .stride_x = window.strides[1],
                       .phases_y = phases(window, 0),
                       .phases_x = phases(window, 1),
                       .pad_y = pads[0],
                       .pad_x = pads[1]};
  const bool strided = plan.stride_y != 1 || plan.stride_x != 1;
  const bool same = input[2] == output[2] && input[3] == output[3];
  const bool framed = wanted_frame(attributes, input, output).has_value();
  const std::int64_t out_row = output_layout ? output_layout->row : output[3];
  if (!strided && same && framed && input_layout && (!output_layout || plan.in_row == out_row)) {
    plan.cuts = false;
    plan.height = plan.in_height;
    plan.row = plan.in_row;
    plan.plane = plan.in_plane;
    plan.origin = plan.in_first - plan.pad_y * plan.row - plan.pad_x;
    return plan;
  }
  plan.height = whole(read_along(window, 0, plan.out_height), plan.stride_y);
  plan.row = std::max(whole(read_along(window, 1, plan.out_width), plan.stride_x), out_row);
  plan.plane = whole(plan.height * plan.row, kLine) * kLine;
  if (plan.plane / kLine % 2 == 0) plan.plane += kLine;
  return plan;
}

kernels::TapRows taps_of(const ConvolutionPlan& plan, const graph::ConvAttributes& attributes,
                         const Shape& kernel, const float* weight, const FilterRange& filters) {
  const graph::Window& window = attributes.window;
  kernels::TapRows rows;
  for (std::int64_t m = filters.begin; m < filters.end; ++m) {
    const float* value = weight + m * kernel[1] * kernel[2] * kernel[3];
    const std::int64_t first = (m - filters.begin) / filters.group_filters * plan.channels;
    for (std::int64_t c = first; c < first + kernel[1]; ++c) {
      for (std::int64_t ky = 0; ky < kernel[2]; ++ky) {
        for (std::int64_t kx = 0; kx < kernel[3]; ++kx, ++value) {
          if (*value == 0) continue;
          const std::int64_t y = ky * window.dilations[0];
          const std::int64_t x = kx * window.dilations[1];
          const std::int64_t plane =
              (c * plan.phases_y + y % plan.stride_y) * plan.phases_x + x % plan.stride_x;
          const std::int64_t offset =
              plan.origin + plane * plan.plane + y / plan.stride_y * plan.row + x / plan.stride_x;
          rows.add_tap(static_cast<std::int32_t>(offset), *value);
        }
      }
    }
    rows.end_row();
  }
  return rows;
}

void cut_channel(const ConvolutionPlan& plan, const float* input, float* planes,
                 std::int64_t first_row) {
  // Padding before the first row that is read, or less than none.
  const std::int64_t pad_y = plan.pad_y - first_row * plan.stride_y;
  std::fill_n(planes, plan.phases_y * plan.phases_x * plan.plane, 0.0F);
  // Places i of a phase that lie inside the input: 0 <= i stride + phase - pad < size.
  const auto inside = [](std::int64_t size, std::int64_t pad, std::int64_t phase,
                         std::int64_t stride, std::int64_t places) {
    const std::int64_t begin = std::clamp<std::int64_t>(whole(pad - phase, stride), 0, places);
    const std::int64_t end =
        std::clamp<std::int64_t>(whole(size + pad - phase, stride), begin, places);
    return std::pair(begin, end);
  };
  for (std::int64_t p = 0; p < plan.phases_y; ++p) {
    const auto [top, bottom] = inside(plan.in_height, pad_y, p, plan.stride_y, plan.height);
    for (std::int64_t q = 0; q < plan.phases_x; ++q) {
      const auto [left, right] = inside(plan.in_width, plan.pad_x, q, plan.stride_x, plan.row);
      kernels::copy_rows(
          {.from = input + plan.in_first + (top * plan.stride_y + p - pad_y) * plan.in_row +
                   left * plan.stride_x + q - plan.pad_x,
           .from_row = plan.stride_y * plan.in_row,
           .step = plan.stride_x,
           .to = planes + (p * plan.phases_x + q) * plan.plane + top * plan.row + left,
           .to_row = plan.row,
           .rows = bottom - top,
           .count = right - left});
    }
  }
}

}  // namespace gcompress::engine

// Planes with frames.
#include "gcompress/core/engine/layout.h"

#include <algorithm>

#include "gcompress/core/kernels/cpu/row_copy.h"

namespace gcompress::engine {
namespace {

std::int64_t whole_lines(std::int64_t floats) { return (floats + kLine - 1) / kLine * kLine; }

}  // namespace

PlaneLayout make_layout(std::int64_t channels, std::int64_t height, std::int64_t width,
                        const Frame& frame) {
  PlaneLayout layout{.channels = channels, .height = height, .width = width};
  layout.row = width + frame.side;
  layout.first = whole_lines(frame.top * layout.row + frame.side);
  // A kernel that computes whole lines reads as many places behind each tap's.
  const std::int64_t behind = frame.bottom * layout.row + frame.side;
  layout.plane = whole_lines(layout.first + layout.columns() + behind);
  if (layout.plane / kLine % 2 == 0) layout.plane += kLine;
  return layout;
}

std::vector<std::uint32_t> element_mask(const PlaneLayout& layout, std::int64_t outside) {
  const std::int64_t before = outside * layout.row;
  const std::int64_t more = outside > 0 ? 2 * before + kLine : 0;
  std::vector<std::uint32_t> mask(static_cast<std::size_t>(layout.columns() + more));
  for (std::int64_t i = 0; i < layout.height * layout.row; ++i) {
    mask[static_cast<std::size_t>(before + i)] =
        i % layout.row < layout.width ? ~std::uint32_t{0} : 0;
  }
  return mask;
}

void clear_frames(const PlaneLayout& layout, float* value, std::int64_t begin, std::int64_t end,
                  FrameParts parts) {
  const std::int64_t behind = layout.first + layout.height * layout.row;
  for (std::int64_t c = begin; c < end; ++c) {
    float* plane = value + c * layout.plane;
    if (parts.before) std::fill_n(plane, layout.first, 0.0F);
    if (parts.behind) std::fill_n(plane + behind, layout.plane - behind, 0.0F);
  }
}

void to_planes(const PlaneLayout& layout, const float* plain, float* planes) {
  std::fill_n(planes, layout.elements(), 0.0F);
  for (std::int64_t c = 0; c < layout.channels; ++c) {
    kernels::copy_rows({.from = plain + c * layout.height * layout.width,
                        .from_row = layout.width,
                        .to = planes + c * layout.plane + layout.first,
                        .to_row = layout.row,
                        .rows = layout.height,
                        .count = layout.width});
  }
}

void from_planes(const PlaneLayout& layout, const float* planes, float* plain) {
  for (std::int64_t c = 0; c < layout.channels; ++c) {
    kernels::copy_rows({.from = planes + c * layout.plane + layout.first,
                        .from_row = layout.row,
                        .to = plain + c * layout.height * layout.width,
                        .to_row = layout.width,
                        .rows = layout.height,
                        .count = layout.width});
  }
}

void Frames::want(std::int64_t height, std::int64_t width, const Frame& frame) {
  Frame& known = frames_[{height, width}];
  known.top = std::max(known.top, frame.top);
  known.bottom = std::max(known.bottom, frame.bottom);
  known.side = std::max(known.side, frame.side);
}

PlaneLayout Frames::layout_of(const Shape& shape) const {
  const auto found = frames_.find({shape[2], shape[3]});
  return make_layout(shape[1], shape[2], shape[3],
                     found == frames_.end() ? Frame{} : found->second);
}

}  // namespace gcompress::engine

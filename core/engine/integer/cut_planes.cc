// Cutting planes by stride.
#include "gcompress/core/engine/integer/cut_planes.h"

#include <algorithm>
#include <cstring>

namespace gcompress::engine::integer {
namespace {

// Rows of one phase of one plane.
void cut_phase(const Cut& cut, const Filters& filters, const CodeValue& in, std::int64_t p,
               std::int64_t q, const std::uint8_t* plane, std::uint8_t* to) {
  const auto bytes = [&in](std::int64_t positions) {
    return static_cast<std::size_t>(4 * positions * in.lanes);
  };
  const std::int64_t stride = filters.stride_x;
  // Columns j of the phase that lie inside: 0 <= j stride + q - pad < width.
  const std::int64_t first =
      std::clamp<std::int64_t>((filters.pad_x - q + stride - 1) / stride, 0, cut.pitch);
  const std::int64_t last = std::clamp<std::int64_t>(
      (in.width + filters.pad_x - q + stride - 1) / stride, first, cut.pitch);
  const std::uint8_t zero = in.type.zero_point;
  for (std::int64_t i = 0; i < cut.height; ++i, to += bytes(cut.pitch)) {
    const std::int64_t y = i * filters.stride_y + p - filters.pad_y;
    if (y < 0 || y >= in.height) {
      std::fill_n(to, bytes(cut.pitch), zero);
      continue;
    }
    std::fill_n(to, bytes(first), zero);
    const std::uint8_t* row = plane + 4 * in.position(y, first * stride + q - filters.pad_x);
    if (stride == 1) {
      std::memcpy(to + bytes(first), row, bytes(last - first));
    } else if (in.lanes == 1) {
      const auto* from = reinterpret_cast<const Quad*>(row);
      Quad* quads = reinterpret_cast<Quad*>(to) + first;
      for (std::int64_t j = 0; j < last - first; ++j) quads[j] = from[j * stride];
    } else {
      for (std::int64_t j = first; j < last; ++j) {
        std::memcpy(to + bytes(j), row + bytes((j - first) * stride), bytes(1));
      }
    }
    std::fill_n(to + bytes(last), bytes(cut.pitch - last), zero);
  }
}

}  // namespace

Cut cut_of(const CodeValue& in, const CodeValue& out, const Filters& filters) {
  const std::int64_t reach_y = (filters.height - 1) * filters.dilation_y;
  const std::int64_t reach_x = (filters.width - 1) * filters.dilation_x;
  const bool keeps = filters.stride_y == 1 && filters.stride_x == 1 && in.height == out.height &&
                     in.width == out.width;
  const bool framed = filters.pad_y <= in.frame.gap_y &&
                      reach_y - filters.pad_y <= in.frame.gap_y &&
                      filters.pad_x <= in.frame.gap_x && reach_x - filters.pad_x <= in.frame.gap_x;
  if (keeps && framed) return {};
  Cut cut{.copies = true,
          .phases_y = std::min(filters.stride_y, reach_y + 1),
          .phases_x = std::min(filters.stride_x, reach_x + 1),
          .height = out.height + reach_y / filters.stride_y,
          .pitch = std::max(out.frame.row, out.width + reach_x / filters.stride_x)};
  return cut;
}

std::int64_t cut_bytes(const Cut& cut, const CodeValue& in) {
  return 4 * in.quads() * cut.plane() * in.lanes;
}

void cut_plane(const Cut& cut, const Filters& filters, const CodeValue& in, std::int64_t quad,
               const std::uint8_t* codes, std::uint8_t* to) {
  const std::uint8_t* plane = codes + 4 * quad * in.stride();
  to += 4 * quad * cut.plane() * in.lanes;
  for (std::int64_t p = 0; p < cut.phases_y; ++p) {
    for (std::int64_t q = 0; q < cut.phases_x; ++q) {
      cut_phase(cut, filters, in, p, q, plane, to);
      to += 4 * cut.phase() * in.lanes;
    }
  }
}

}  // namespace gcompress::engine::integer

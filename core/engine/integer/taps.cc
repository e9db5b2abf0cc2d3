// Offsets of taps.
#include "gcompress/core/engine/integer/taps.h"

#include <algorithm>

namespace gcompress::engine::integer {

kernels::TapPlaces places_of(const Geometry& layer) {
  const Filters& filters = layer.filters;
  const Cut& cut = layer.cut;
  kernels::TapPlaces places{.quads = layer.in.quads(),
                            .stride = cut.copies ? cut.plane() * layer.in.lanes : layer.in.stride(),
                            .taps = {}};
  for (std::int64_t ky = 0; ky < filters.height; ++ky) {
    for (std::int64_t kx = 0; kx < filters.width; ++kx) {
      const std::int64_t y = ky * filters.dilation_y;
      const std::int64_t x = kx * filters.dilation_x;
      std::int64_t offset = 0;
      if (cut.copies) {
        const std::int64_t phase = y % filters.stride_y * cut.phases_x + x % filters.stride_x;
        offset = (phase * cut.phase() + y / filters.stride_y * cut.pitch + x / filters.stride_x) *
                 layer.in.lanes;
      } else {
        offset = layer.in.position(y - filters.pad_y, x - filters.pad_x);
      }
      places.taps.push_back(static_cast<std::int32_t>(offset));
    }
  }
  return places;
}

kernels::QuadRows rows_of(const Geometry& layer) {
  const Filters& filters = layer.filters;
  const kernels::TapPlaces places = places_of(layer);
  kernels::QuadRows rows;
  const std::int64_t of_group = filters.filters / filters.groups;
  const std::int64_t taps = filters.height * filters.width;
  for (std::int64_t f = 0; f < filters.filters; ++f) {
    const std::int8_t* values = filters.values.data() + f * filters.channels * taps;
    const std::int64_t first = f / of_group * filters.channels;  // channel of the input
    const std::int64_t end = first + filters.channels;
    for (std::int64_t quad = first / 4; 4 * quad < end; ++quad) {
      for (std::int64_t t = 0; t < taps; ++t) {
        kernels::QuadWeights weights{};
        for (std::int64_t c = std::max(first, 4 * quad); c < std::min(end, 4 * quad + 4); ++c) {
          weights[static_cast<std::size_t>(c % 4)] = values[(c - first) * taps + t];
        }
        const std::int64_t plane = quad * places.stride;
        rows.add_tap(static_cast<std::int32_t>(plane) + places.taps[static_cast<std::size_t>(t)],
                     weights);
      }
    }
    rows.end_row();
  }
  rows.planes = (filters.channels + 3) / 4 * (layer.in.lanes > 1 ? filters.height : 1);
  return rows;
}

std::vector<Run> runs_of(const Geometry& layer) {
  const CodeValue& out = layer.out;
  const std::int64_t lanes = out.lanes;
  const std::int64_t pitch = layer.cut.copies ? layer.cut.pitch : layer.in.frame.pitch;
  const std::int64_t first = out.position(0, 0);
  const bool flat = pitch == out.frame.pitch && (lanes == 1 || pitch == out.width);
  if (flat) {
    return {{.x = 0, .y = first, .n = ((out.height - 1) * pitch + out.width) * lanes}};
  }
  std::vector<Run> runs;
  for (std::int64_t y = 0; y < out.height; ++y) {
    runs.push_back({.x = y * pitch * lanes, .y = out.position(y, 0), .n = out.width * lanes});
  }
  return runs;
}

}  // namespace gcompress::engine::integer

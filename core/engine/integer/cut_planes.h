// Inputs of layers that do not lie as the filters want them: those with strides, or that look
// further beyond the image than its frame reaches.
#pragma once

#include <cstdint>

#include "gcompress/core/engine/integer/filters.h"
#include "gcompress/core/engine/integer/layout.h"

namespace gcompress::engine::integer {

// Input planes cut by stride, where they do not lie as the filter wants them: phase (p, q) holds
// rows p, p + stride_y, ... of the padded input and columns q, q + stride_x, ...
struct Cut {
  bool copies = false;
  std::int64_t phases_y = 1, phases_x = 1;  // that some tap looks at
  std::int64_t height = 0, pitch = 0;       // of a phase

  std::int64_t phase() const { return height * pitch; }
  std::int64_t plane() const { return phases_y * phases_x * phase(); }
};

// No copies where the filters keep the size and stay within the frame.
Cut cut_of(const CodeValue& in, const CodeValue& out, const Filters& filters);

// Bytes of all phases of all quads.
std::int64_t cut_bytes(const Cut& cut, const CodeValue& in);

// Cuts the plane of one quad; `codes` is where the value lies, `to` where all phases go.
void cut_plane(const Cut& cut, const Filters& filters, const CodeValue& in, std::int64_t quad,
               const std::uint8_t* codes, std::uint8_t* to);

}  // namespace gcompress::engine::integer

// Frames around planes.
#include "gcompress/core/engine/integer/layout.h"

#include <algorithm>

namespace gcompress::engine::integer {
namespace {

constexpr std::int64_t kLine = 16;  // positions of four bytes in a line of the cache

// An odd number of lines: planes at a multiple of 4 KiB would share few lines of the cache.
std::int64_t odd_lines(std::int64_t lines) { return lines % 2 == 0 ? lines + 1 : lines; }

}  // namespace

Frame make_frame(std::int64_t height, std::int64_t width, std::int64_t gap_y, std::int64_t gap_x,
                 std::int64_t lanes, std::int64_t quads) {
  Frame frame{.gap_y = gap_y, .gap_x = gap_x, .pitch = width + gap_x, .row = width + gap_x};
  if (lanes > 1 && (gap_y > 0 || gap_x > 0)) {
    frame.plane = frame.pitch;
    frame.pitch *= quads;
    frame.start = gap_y * frame.pitch + gap_x;
    frame.all = frame.start + (height + gap_y) * frame.pitch + gap_x;
    return frame;
  }
  frame.start = gap_y * frame.pitch + gap_x;
  if (lanes == 1) frame.start = (frame.start + kLine - 1) / kLine * kLine;
  const std::int64_t end = frame.start + (height + gap_y) * frame.pitch + gap_x;
  if (height == 1 && width == 1 && gap_y == 0 && gap_x == 0) {
    frame.plane = 1;  // a vector's quads follow one another
  } else {
    frame.plane = lanes == 1 ? kLine * odd_lines((end + kLine - 1) / kLine) : odd_lines(end);
  }
  frame.all = quads * frame.plane;
  return frame;
}

void fill_frame(const CodeValue& value, std::int64_t first, std::int64_t last,
                std::uint8_t* codes) {
  const Frame& frame = value.frame;
  if (frame.gap_x == 0 && frame.gap_y == 0) return;
  const Quad quad = 0x01010101U * value.type.zero_point;
  const std::int64_t lanes = value.lanes;
  const std::int64_t beside = frame.gap_x * lanes;
  const std::int64_t width = value.width * lanes;
  const bool by_rows = frame.pitch != frame.row;
  for (std::int64_t q = first; q < last; ++q) {
    // The gap before a row is the one behind the row that lies before it: but for the very first.
    Quad* row =
        reinterpret_cast<Quad*>(codes) + q * value.stride() + value.position(-frame.gap_y, 0);
    if (!by_rows || q == 0) std::fill_n(row - beside, beside, quad);
    for (std::int64_t y = -frame.gap_y; y < value.height + frame.gap_y; ++y) {
      if (y < 0 || y >= value.height) {
        std::fill_n(row, width + beside, quad);
      } else {
        for (std::int64_t i = 0; i < beside; ++i) row[width + i] = quad;
      }
      row += frame.pitch * lanes;
    }
  }
}

}  // namespace gcompress::engine::integer

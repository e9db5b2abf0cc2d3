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
                 std::int64_t lanes) {
  Frame frame{.gap_y = gap_y, .gap_x = gap_x, .pitch = width + gap_x};
  frame.start = gap_y * frame.pitch + gap_x;
  if (lanes == 1) frame.start = (frame.start + kLine - 1) / kLine * kLine;
  const std::int64_t end = frame.start + (height + gap_y) * frame.pitch + gap_x;
  if (height == 1 && width == 1 && gap_y == 0 && gap_x == 0) {
    frame.plane = 1;  // a vector's quads follow one another
  } else {
    frame.plane = lanes == 1 ? kLine * odd_lines((end + kLine - 1) / kLine) : odd_lines(end);
  }
  return frame;
}

void fill_frame(const CodeValue& value, std::int64_t first, std::int64_t last,
                std::uint8_t* codes) {
  const Frame& frame = value.frame;
  if (frame.gap_x == 0 && frame.gap_y == 0) return;
  const std::uint8_t code = value.type.zero_point;
  const auto bytes = [&](std::int64_t positions) { return 4 * positions * value.lanes; };
  const std::int64_t end = frame.start + value.height * frame.pitch;
  for (std::int64_t q = first; q < last; ++q) {
    std::uint8_t* plane = codes + q * bytes(frame.plane);
    std::fill_n(plane, bytes(frame.start), code);
    for (std::int64_t y = 0; y < value.height && frame.gap_x > 0; ++y) {
      std::fill_n(plane + bytes(frame.start + y * frame.pitch + value.width), bytes(frame.gap_x),
                  code);
    }
    std::fill_n(plane + bytes(end), bytes(frame.plane - end), code);
  }
}

}  // namespace gcompress::engine::integer

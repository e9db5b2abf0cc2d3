// How a value [1, channels, height, width] lies in memory while a network runs: as planes with a
// frame of zeros, so that convolutions that keep the size need no copy of their input.
//
// A row takes `row` floats, of which `width` are the value's and the others are zero: they serve
// as the right padding of one row and the left padding of the next. Behind that every tap of a
// filter is a constant offset, and a kernel may treat a plane as one long row. Planes start on
// cache lines, and lie an odd number of lines apart, so that the same place of many planes does
// not fall into the same set of the cache.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "gcompress/core/base/tensor.h"

namespace gcompress::engine {

inline constexpr std::int64_t kLine = 16;  // floats of a cache line

// Zeros that a consumer wants around a value.
struct Frame {
  std::int64_t top = 0, bottom = 0;  // rows
  std::int64_t side = 0;             // columns between a row and the next
};

// Counts in floats. A value.
struct PlaneLayout {
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t row = 0;
  std::int64_t first = 0;  // of element (0, 0) within a plane; what lies before is zero
  std::int64_t plane = 0;

  // Places from `first` on that hold rows: whole cache lines.
  std::int64_t columns() const { return (height * row + kLine - 1) / kLine * kLine; }
  std::int64_t elements() const { return channels * plane; }
  bool operator==(const PlaneLayout&) const = default;
};

PlaneLayout make_layout(std::int64_t channels, std::int64_t height, std::int64_t width,
                        const Frame& frame);

// Of columns(): all bits set where a place holds an element, none where it must stay zero. Of
// `outside` rows before the first and behind the last, and a line, too.
std::vector<std::uint32_t> element_mask(const PlaneLayout& layout, std::int64_t outside = 0);

// Zeros before the first row and behind the last of the planes [begin, end), or one of both.
struct FrameParts {
  bool before = true, behind = true;
};
void clear_frames(const PlaneLayout& layout, float* value, std::int64_t begin, std::int64_t end,
                  FrameParts parts = {});

// Between row-major order and planes; the frame is cleared.
void to_planes(const PlaneLayout& layout, const float* plain, float* planes);
void from_planes(const PlaneLayout& layout, const float* planes, float* plain);

// What all convolutions of a plan want around values of each size (height, width): values of one
// size share a frame, and so a layout.
class Frames {
 public:
  void want(std::int64_t height, std::int64_t width, const Frame& frame);
  // `shape` [1, c, h, w].
  PlaneLayout layout_of(const Shape& shape) const;

 private:
  std::map<std::pair<std::int64_t, std::int64_t>, Frame> frames_;
};

}  // namespace gcompress::engine

// How a value of codes lies in memory while a network runs on integers: quads of channels
// (core/kernels/cpu/quad_rows.h), framed.
//
//   [channels / 4][plane of positions][lanes][4 channels]
//
// or, where images lie side by side and have frames, quads beside each other in every row, so that
// tiles (core/kernels/cpu/quad_tiles.h) hold quads of several rows:
//
//   [rows][channels / 4][positions of a row][lanes][4 channels]
//
// Lanes are images: 1, or 16 or 64 side by side where there are that many, so that whatever place a
// filter looks at begins at a multiple of 64 bytes. A plane holds rows of `pitch` positions with
// gaps between them, wide enough that a filter that looks past the end of a row finds a gap (the
// one behind the row before is the one before this row), and as many rows above and below. Gaps
// hold the code of 0. All values of one height and width have the same frame, so a layer that keeps
// the size needs no copy of its input.
#pragma once

#include <cstdint>

#include "gcompress/core/graph/qdq/reader.h"

namespace gcompress::engine::integer {

// Lengths in positions.
struct Frame {
  std::int64_t gap_y = 0, gap_x = 0;
  std::int64_t pitch = 1;  // from a row to the next
  std::int64_t start = 0;  // of the first row
  std::int64_t plane = 1;  // from a quad to the next
  std::int64_t row = 1;    // with its gap
  std::int64_t all = 1;    // of all quads
};
Frame make_frame(std::int64_t height, std::int64_t width, std::int64_t gap_y, std::int64_t gap_x,
                 std::int64_t lanes, std::int64_t quads);

// A value of one image or of `lanes` images: [channels, height, width]; vectors are of size 1 x 1.
struct CodeValue {
  std::int64_t channels = 0, height = 1, width = 1;
  std::int64_t lanes = 1;
  Frame frame;
  graph::CodeType type;
  std::size_t place = 0;  // among the blocks of the arena

  std::int64_t quads() const { return (channels + 3) / 4; }
  // Distance of quads' planes, as kernels count: lanes are positions, too.
  std::int64_t stride() const { return frame.plane * lanes; }
  std::int64_t bytes() const { return 4 * frame.all * lanes; }
  // Where a place of a plane lies, counted in the same way.
  std::int64_t position(std::int64_t y, std::int64_t x) const {
    return (frame.start + y * frame.pitch + x) * lanes;
  }
};

// Four codes of a position at once.
using Quad [[gnu::may_alias]] = std::uint32_t;

// Sets what filters may read of the planes [first, last) beside the image itself.
void fill_frame(const CodeValue& value, std::int64_t first, std::int64_t last, std::uint8_t* codes);

}  // namespace gcompress::engine::integer

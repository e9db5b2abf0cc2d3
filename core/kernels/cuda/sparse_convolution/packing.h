// How the sparse convolution wants its weight: the nonzeros of each filter as offsets into a staged
// piece of x. The offsets depend on the tile, so packing also decides the tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/kernels/cuda/reference.h"

namespace gcompress::cuda::sparse_convolution {

// What a block covers, and the piece of x that it stages at a time.
struct TileShape {
  int images = 1;  // images * height * width is at most 128
  int height = 1;  // in positions of the output
  int width = 1;
  int stage_channels = 1;
  int stage_height = 1;
  int stage_width = 1;

  int positions() const { return images * height * width; }
  std::size_t stage_bytes() const;
};

// The tile for a layer; its stage may exceed what shared memory holds: then pack() refuses it.
TileShape choose_tile(const ConvolutionShape& shape);

struct Tap {
  std::int32_t
      offset;  // (channel * stage_height + dy * dilation_y) * stage_width + dx * dilation_x
  float value;
};
static_assert(sizeof(Tap) == 8);

// Segment (f, c): the taps of filter f (of all groups) whose channel, counted within the group,
// lies in chunk c of stage_channels channels: entries segment_begin[f * chunks + c] up to the next.
// Channels count within the chunk.
struct TapMatrix {
  ConvolutionShape shape;  // images: at most as many in a tile; any number may be run
  TileShape tile;
  int chunks = 0;
  std::vector<std::uint32_t> segment_begin;  // filters * chunks + 1
  std::vector<Tap> taps;                     // by channel, then dy, dx
};

// Weight in ONNX's order [filters][channels / groups][kernel_height][kernel_width].
// ErrorKind::kUnsupported where a piece of a single channel does not fit into shared memory.
TapMatrix pack(std::span<const float> weight, const ConvolutionShape& shape);

}  // namespace gcompress::cuda::sparse_convolution

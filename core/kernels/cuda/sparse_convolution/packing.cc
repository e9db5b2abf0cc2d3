#include "gcompress/core/kernels/cuda/sparse_convolution/packing.h"

#include <algorithm>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/config.h"

namespace gcompress::cuda::sparse_convolution {
namespace {

int stage_extent(int tile, int stride, int kernel, int dilation) {
  return (tile - 1) * stride + (kernel - 1) * dilation + 1;
}

}  // namespace

TileShape choose_tile(const ConvolutionShape& shape) {
  constexpr int kMaxWidth = 32;  // wider tiles only where there is one row
  TileShape tile;
  tile.width = std::min(shape.out_width(), shape.out_height() == 1 ? kMaxPositions : kMaxWidth);
  tile.height = std::min(shape.out_height(), kMaxPositions / tile.width);
  tile.images = std::min(shape.images, kMaxPositions / (tile.width * tile.height));
  tile.stage_height =
      stage_extent(tile.height, shape.stride_y, shape.kernel_height, shape.dilation_y);
  tile.stage_width = stage_extent(tile.width, shape.stride_x, shape.kernel_width, shape.dilation_x);
  const auto of_a_channel = tile.stage_bytes();
  tile.stage_channels =
      std::clamp(static_cast<int>(kStageBytes / of_a_channel), 1, shape.channels / shape.groups);
  return tile;
}

std::size_t TileShape::stage_bytes() const {
  return sizeof(float) * static_cast<std::size_t>(images) *
         static_cast<std::size_t>(stage_channels) * static_cast<std::size_t>(stage_height) *
         static_cast<std::size_t>(stage_width);
}

TapMatrix pack(std::span<const float> weight, const ConvolutionShape& shape) {
  const int channels = shape.channels / shape.groups;
  GCOMPRESS_CHECK(weight.size() ==
                  static_cast<std::size_t>(shape.filters) * static_cast<std::size_t>(channels) *
                      static_cast<std::size_t>(shape.kernel_height * shape.kernel_width));
  TapMatrix packed{.shape = shape, .tile = choose_tile(shape)};
  if (packed.tile.stage_bytes() > kMaxStageBytes) {
    throw Error(ErrorKind::kUnsupported,
                "the CUDA convolution has no room for filters or strides that reach so far");
  }
  const TileShape& tile = packed.tile;
  packed.chunks = (channels + tile.stage_channels - 1) / tile.stage_channels;
  packed.segment_begin.push_back(0);
  auto value = weight.begin();
  for (int f = 0; f < shape.filters; ++f) {
    for (int c = 0; c < channels; ++c) {
      for (int dy = 0; dy < shape.kernel_height; ++dy) {
        for (int dx = 0; dx < shape.kernel_width; ++dx, ++value) {
          const int row = c % tile.stage_channels * tile.stage_height + dy * shape.dilation_y;
          if (*value != 0)
            packed.taps.push_back({row * tile.stage_width + dx * shape.dilation_x, *value});
        }
      }
      if ((c + 1) % tile.stage_channels == 0 || c + 1 == channels) {
        packed.segment_begin.push_back(static_cast<std::uint32_t>(packed.taps.size()));
      }
    }
  }
  return packed;
}

}  // namespace gcompress::cuda::sparse_convolution

// Attributes of Conv, ConvTranspose and their quantized forms.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gcompress/core/graph/operators/windows.h"

namespace gcompress::graph {

struct ConvAttributes {
  Window window;
  std::int64_t group = 1;
};

// `kernel`: the spatial part of the weight's shape. The attributes did not change over opsets.
ConvAttributes conv_attributes(const Node& node, const std::vector<std::int64_t>& kernel);

struct ConvTransposeAttributes {
  Window window;
  std::int64_t group = 1;
  std::vector<std::int64_t> output_padding;               // one an axis, zeros by default
  std::optional<std::vector<std::int64_t>> output_shape;  // stated spatial output sizes
};

ConvTransposeAttributes conv_transpose_attributes(const Node& node,
                                                  const std::vector<std::int64_t>& kernel);

// Spatial output sizes and the padding that applies, for these spatial input sizes:
//   out = stride (in - 1) + output_padding + (kernel - 1) dilation + 1 - pad_begin - pad_end.
struct ConvTransposeGeometry {
  std::vector<std::int64_t> output;
  std::vector<std::int64_t> pads;
};
ConvTransposeGeometry conv_transpose_geometry(const Node& node,
                                              const ConvTransposeAttributes& attributes,
                                              const std::vector<std::int64_t>& spatial);

}  // namespace gcompress::graph

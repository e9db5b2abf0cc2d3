// Sliding windows: kernel, strides, dilations and padding, shared by convolution and pooling.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

enum class AutoPad { kNotSet, kSameUpper, kSameLower, kValid };

// All vectors have one entry a spatial axis, except pads: all beginnings, then all ends.
struct Window {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> pads;  // as written; resolve_pads gives what applies
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;  // pooling only

  std::size_t axes() const { return kernel.size(); }
};

// Reads kernel_shape, strides, dilations, pads, auto_pad and ceil_mode. `kernel` is the kernel's
// shape where a weight states it (convolution); empty for pooling, which must have kernel_shape.
// Throws Error(kInput) where they contradict each other or are not positive.
Window window_of(const Node& node, const std::vector<std::int64_t>& kernel);

// The padding for an input of these spatial sizes: `pads`, or what auto_pad stands for.
// Equation for SAME: total = max(0, (ceil(in / stride) - 1) stride + (kernel - 1) dilation + 1 -
// in).
std::vector<std::int64_t> resolve_pads(const Window& window,
                                       const std::vector<std::int64_t>& spatial);

// Output size along one axis: floor or ceil of (in + pads - dilated kernel) / stride, and 1 more.
// With ceil_mode a window that would start in the end padding is left out.
// Throws Error(kInput) naming the node if the window does not fit.
std::int64_t window_output_size(const Node& node, const Window& window, std::size_t axis,
                                std::int64_t input_size);

}  // namespace gcompress::graph

// The sliding windows of convolutions and pools: kernel, strides, dilations and padding.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {

struct Window {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> pads;  // begins, then ends
  std::string auto_pad = "NOTSET";
  bool ceil = false;

  std::size_t rank() const { return kernel.size(); }
  std::int64_t extent(std::size_t axis) const { return dilations[axis] * (kernel[axis] - 1) + 1; }
  // Begin and end padding are the same everywhere.
  bool symmetric() const;
  std::vector<std::int64_t> pads_begin() const { return {pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(rank())}; }

  // The window for an input of these spatial sizes: auto_pad becomes pads.
  Window resolved(torch::IntArrayRef spatial) const;
};

// Attributes of the node; the kernel is `kernel_shape` or, where that is left out, `kernel_fallback`.
Window window_of(const Binding& node, std::vector<std::int64_t> kernel_fallback = {});
// Gives strides, dilations and pads their defaults once the number of axes is known.
void complete(Window& window, std::size_t rank);

// Pads the last axes; `pads` has all begins, then all ends (negative ones crop).
torch::Tensor pad_spatial(const torch::Tensor& x, const std::vector<std::int64_t>& pads,
                          const at::Scalar& value);

}  // namespace gcompress::train

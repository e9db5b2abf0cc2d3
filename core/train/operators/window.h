// The sliding windows of convolutions and pools, on top of core/graph's decoding of them.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "gcompress/core/graph/operators/windows.h"
#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {

// The window for an input [batch, channels, spatial...], auto_pad turned into pads.
graph::Window resolved(const graph::Window& window, const torch::Tensor& x);
// Elements that a window spans along an axis, with what it skips.
std::int64_t extent(const graph::Window& window, std::size_t axis);
// Begin and end padding are the same everywhere, and none is negative.
bool symmetric(const graph::Window& window);
std::vector<std::int64_t> pads_begin(const graph::Window& window);

// Pads the last axes; `pads` has all begins, then all ends (negative ones crop).
torch::Tensor pad_spatial(const torch::Tensor& x, const std::vector<std::int64_t>& pads,
                          const at::Scalar& value);

// The node's convolution of x [batch, in, spatial...] with weight [out, in / groups, kernel...].
using Convolution = std::function<torch::Tensor(const torch::Tensor& x, const torch::Tensor& weight,
                                                const std::optional<torch::Tensor>& bias)>;
Convolution convolution_of(const Binding& node, std::size_t weight_input);

}  // namespace gcompress::train

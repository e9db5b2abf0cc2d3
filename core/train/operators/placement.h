// Where stored tensors lie when a program runs on a device.
#pragma once

#include <torch/torch.h>

namespace gcompress::train {

// On the device, but for short lists of integers, which belong to the shapes that are computed on
// the host.
torch::Tensor placed(const torch::Tensor& tensor, torch::Device device);

}  // namespace gcompress::train

// The networks that train_speed_bench compares with, as one writes them by hand in libtorch.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gcompress::train::bench {

struct HandwrittenLeNet : torch::nn::Module {
  torch::nn::Linear fc1{784, 300};
  torch::nn::Linear fc2{300, 100};
  torch::nn::Linear fc3{100, 10};

  HandwrittenLeNet() {
    register_module("fc1", fc1);
    register_module("fc2", fc2);
    register_module("fc3", fc3);
  }
  torch::Tensor forward(const torch::Tensor& image) {
    return fc3(torch::relu(fc2(torch::relu(fc1(image.flatten(1))))));
  }
};

inline torch::nn::Conv2d convolution(std::int64_t inputs, std::int64_t outputs,
                                     std::int64_t stride) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(inputs, outputs, 3).stride(stride).padding(1).bias(false));
}

struct HandwrittenBlock : torch::nn::Module {
  std::int64_t padding;
  std::int64_t stride;
  torch::nn::Conv2d conv1;
  torch::nn::BatchNorm2d bn1;
  torch::nn::Conv2d conv2;
  torch::nn::BatchNorm2d bn2;

  HandwrittenBlock(std::int64_t inputs, std::int64_t outputs)
      : padding((outputs - inputs) / 2),
        stride(inputs == outputs ? 1 : 2),
        conv1(convolution(inputs, outputs, stride)),
        bn1(outputs),
        conv2(convolution(outputs, outputs, 1)),
        bn2(outputs) {
    register_module("conv1", conv1);
    register_module("bn1", bn1);
    register_module("conv2", conv2);
    register_module("bn2", bn2);
  }
  torch::Tensor forward(const torch::Tensor& input) {
    torch::Tensor shortcut = input;
    if (stride == 2) {
      using torch::indexing::Slice;
      shortcut =
          input.index({Slice(), Slice(), Slice(torch::indexing::None, torch::indexing::None, 2),
                       Slice(torch::indexing::None, torch::indexing::None, 2)});
      shortcut = torch::constant_pad_nd(shortcut, {0, 0, 0, 0, padding, padding});
    }
    const torch::Tensor inner = torch::relu(bn1(conv1(input)));
    return torch::relu(bn2(conv2(inner)) + shortcut);
  }
};

struct HandwrittenResNet20 : torch::nn::Module {
  torch::nn::Conv2d conv1 = convolution(3, 16, 1);
  torch::nn::BatchNorm2d bn1{16};
  std::vector<torch::nn::Sequential> layers;
  torch::nn::Linear linear{64, 10};

  HandwrittenResNet20() {
    register_module("conv1", conv1);
    register_module("bn1", bn1);
    std::int64_t channels = 16;
    for (std::int64_t layer = 1; layer <= 3; ++layer) {
      const std::int64_t outputs = std::int64_t{8} << layer;
      torch::nn::Sequential blocks;
      for (int i = 0; i < 3; ++i) {
        blocks->push_back(HandwrittenBlock(channels, outputs));
        channels = outputs;
      }
      layers.push_back(register_module("layer" + std::to_string(layer), blocks));
    }
    register_module("linear", linear);
  }
  torch::Tensor forward(const torch::Tensor& image) {
    torch::Tensor value = torch::relu(bn1(conv1(image)));
    for (torch::nn::Sequential& layer : layers) value = layer->forward(value);
    return linear(value.mean({2, 3}));
  }
};

}  // namespace gcompress::train::bench

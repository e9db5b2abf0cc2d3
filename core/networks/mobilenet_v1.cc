// MobileNetV1 (Howard 2017, table 1): a convolution, 13 depthwise separable blocks, a linear layer.
#include "gcompress/core/networks/mobilenet_v1.h"

#include <algorithm>
#include <array>

#include "gcompress/core/base/error.h"
#include "gcompress/core/networks/builder.h"
#include "gcompress/core/networks/networks.h"

namespace gcompress::networks {
namespace {

struct Block {
  std::int64_t outputs;
  std::int64_t stride;
};

constexpr std::array<Block, 13> kBlocks = {{{64, 1},
                                            {128, 2},
                                            {128, 1},
                                            {256, 2},
                                            {256, 1},
                                            {512, 2},
                                            {512, 1},
                                            {512, 1},
                                            {512, 1},
                                            {512, 1},
                                            {512, 1},
                                            {1024, 2},
                                            {1024, 1}}};

std::string add_conv_norm_relu(Builder& builder, const ConvLayer& layer, const std::string& input) {
  std::string value = builder.add_conv(layer, input);
  value = builder.add_batch_norm(layer.name + ".bn", layer.outputs, value);
  return builder.add("Relu", layer.name + ".relu", {value});
}

}  // namespace

graph::Network mobilenet_v1_for(std::int64_t height, std::int64_t image_width, std::int64_t classes,
                                double width, std::uint64_t seed) {
  if (!(width > 0 && width <= 4)) {
    throw_usage("a MobileNetV1 of width " + std::to_string(width), "the width is in (0, 4]");
  }
  const auto scaled = [width](std::int64_t channels) {
    return std::max<std::int64_t>(8,
                                  static_cast<std::int64_t>(static_cast<double>(channels) * width));
  };
  Builder builder("mobilenet-v1", seed);
  builder.add_input("image", {symbolic("N"), fixed(3), fixed(height), fixed(image_width)});
  std::int64_t channels = scaled(32);
  std::string value = add_conv_norm_relu(
      builder, {.name = "conv0", .inputs = 3, .outputs = channels, .stride = 2, .padding = 1},
      "image");
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    const std::int64_t outputs = scaled(kBlocks[i].outputs);
    value = add_conv_norm_relu(builder,
                               {.name = "dw" + std::to_string(i),
                                .inputs = channels,
                                .outputs = channels,
                                .stride = kBlocks[i].stride,
                                .padding = 1,
                                .group = channels},
                               value);
    value = add_conv_norm_relu(
        builder,
        {.name = "pw" + std::to_string(i), .inputs = channels, .outputs = outputs, .kernel = 1},
        value);
    channels = outputs;
  }
  value = builder.add("GlobalAveragePool", "pool", {value});
  value = builder.add_flatten("flatten", value);
  value = builder.add_linear("fc", channels, classes, 1, value);
  return builder.finish(value, "logits", {symbolic("N"), fixed(classes)});
}

graph::Network mobilenet_v1(std::int64_t classes, double width, std::uint64_t seed) {
  return mobilenet_v1_for(224, 224, classes, width, seed);
}

}  // namespace gcompress::networks

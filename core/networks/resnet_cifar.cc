// ResNets for CIFAR-10 (He 2016, section 4.2): depth 6n + 2, shortcuts without weights (option A),
// in the layout and with the names of akamaster/pytorch_resnet_cifar10.
#include <limits>

#include "gcompress/core/base/error.h"
#include "gcompress/core/networks/builder.h"
#include "gcompress/core/networks/networks.h"

namespace gcompress::networks {
namespace {

// Every second row and column, and zero channels: half in front, half behind.
std::string add_shortcut(Builder& builder, const std::string& block, std::int64_t new_channels,
                         const std::string& input) {
  const std::string name = block + ".shortcut.";
  const auto constant = [&](const char* suffix, std::vector<std::int64_t> values) {
    const auto count = static_cast<std::int64_t>(values.size());
    return builder.add_constant(name + suffix, Tensor::from({count}, std::move(values)));
  };
  constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();
  const std::string starts = constant("starts", {0, 0});
  const std::string ends = constant("ends", {kToTheEnd, kToTheEnd});
  const std::string axes = constant("axes", {2, 3});
  const std::string steps = constant("steps", {2, 2});
  const std::string sliced =
      builder.add("Slice", name + "slice", {input, starts, ends, axes, steps});
  const std::int64_t half = new_channels / 2;
  const std::string pads = constant("pads", {0, half, 0, 0, 0, half, 0, 0});
  const std::string zero = builder.add_constant(name + "value", Tensor::scalar(0.0F));
  return builder.add("Pad", name + "pad", {sliced, pads, zero},
                     {graph::make_attribute("mode", std::string("constant"))});
}

std::string add_block(Builder& builder, const std::string& name, std::int64_t inputs,
                      std::int64_t outputs, const std::string& input) {
  const std::int64_t stride = inputs == outputs ? 1 : 2;
  std::string value = builder.add_conv({.name = name + ".conv1",
                                        .inputs = inputs,
                                        .outputs = outputs,
                                        .stride = stride,
                                        .padding = 1},
                                       input);
  value = builder.add_batch_norm(name + ".bn1", outputs, value);
  value = builder.add("Relu", name + ".relu1", {value});
  value = builder.add_conv(
      {.name = name + ".conv2", .inputs = outputs, .outputs = outputs, .padding = 1}, value);
  value = builder.add_batch_norm(name + ".bn2", outputs, value);
  const std::string shortcut =
      stride == 1 ? input : add_shortcut(builder, name, outputs - inputs, input);
  value = builder.add("Add", name + ".add", {value, shortcut});
  return builder.add("Relu", name + ".relu2", {value});
}

}  // namespace

graph::Network resnet_cifar(std::int64_t depth, std::uint64_t seed, std::int64_t classes,
                            double width) {
  if (depth < 8 || depth > 1202 || depth % 6 != 2) {
    throw_usage("a ResNet of depth " + std::to_string(depth),
                "the depth is 6n + 2: 20, 32, 44, 56 or 110");
  }
  const std::int64_t narrowest = 2 * scaled(8, width);
  Builder builder("resnet-" + std::to_string(depth), seed);
  builder.add_input("image", {symbolic("N"), fixed(3), fixed(32), fixed(32)});
  std::string value =
      builder.add_conv({.name = "conv1", .inputs = 3, .outputs = narrowest, .padding = 1}, "image");
  value = builder.add_batch_norm("bn1", narrowest, value);
  value = builder.add("Relu", "relu1", {value});
  std::int64_t channels = narrowest;
  for (std::int64_t layer = 1; layer <= 3; ++layer) {
    const std::int64_t outputs = narrowest << (layer - 1);
    for (std::int64_t block = 0; block < (depth - 2) / 6; ++block) {
      const std::string name = "layer" + std::to_string(layer) + "." + std::to_string(block);
      value = add_block(builder, name, channels, outputs, value);
      channels = outputs;
    }
  }
  value = builder.add("GlobalAveragePool", "pool", {value});
  value = builder.add_flatten("flatten", value);
  value = builder.add_linear("linear", channels, classes, 1, value);
  return builder.finish(value, "logits", {symbolic("N"), fixed(classes)});
}

}  // namespace gcompress::networks

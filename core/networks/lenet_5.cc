// LeNet-5 as the pruning literature has it (Caffe's, Han 2015): two convolutions, two linear
// layers.
#include "gcompress/core/networks/builder.h"
#include "gcompress/core/networks/networks.h"

namespace gcompress::networks {
namespace {

using Ints = std::vector<std::int64_t>;

std::string add_halving_pool(Builder& builder, const std::string& name, const std::string& input) {
  return builder.add("MaxPool", name, {input},
                     {graph::make_attribute("kernel_shape", Ints{2, 2}),
                      graph::make_attribute("strides", Ints{2, 2})});
}

}  // namespace

graph::Network lenet_5(std::uint64_t seed, std::int64_t classes, double width) {
  const std::int64_t conv1 = scaled(20, width);
  const std::int64_t conv2 = scaled(50, width);
  const std::int64_t hidden = scaled(500, width);
  Builder builder("lenet-5", seed);
  builder.add_input("image", {symbolic("N"), fixed(1), fixed(28), fixed(28)});
  std::string value = builder.add_conv(
      {.name = "conv1", .inputs = 1, .outputs = conv1, .kernel = 5, .bias = true}, "image");
  value = builder.add("Relu", "relu1", {value});
  value = add_halving_pool(builder, "pool1", value);
  value = builder.add_conv(
      {.name = "conv2", .inputs = conv1, .outputs = conv2, .kernel = 5, .bias = true}, value);
  value = builder.add("Relu", "relu2", {value});
  value = add_halving_pool(builder, "pool2", value);
  value = builder.add_flatten("flatten", value);
  value = builder.add_linear("fc1", conv2 * 4 * 4, hidden, 2, value);
  value = builder.add("Relu", "relu3", {value});
  value = builder.add_linear("fc2", hidden, classes, 1, value);
  return builder.finish(value, "logits", {symbolic("N"), fixed(classes)});
}

}  // namespace gcompress::networks

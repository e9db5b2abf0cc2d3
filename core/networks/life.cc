// The Game of Life networks of Springer and Kenyon, "It's hard for neural networks to learn the
// Game of Life" (arXiv 2009.01398).
#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/core/networks/builder.h"
#include "gcompress/core/networks/networks.h"

namespace gcompress::networks {
namespace {

using Ints = std::vector<std::int64_t>;

// Biases are random, unlike in the other networks: cells are 0 or 1, so without them all
// hyperplanes of a first layer would meet in the empty neighbourhood.
std::string add_biased_conv(Builder& builder, const ConvLayer& layer, const std::string& input) {
  const std::int64_t fan_in = layer.inputs * layer.kernel * layer.kernel;
  const std::string weight = layer.name + ".weight";
  const std::string bias = layer.name + ".bias";
  builder.add_normal(weight, {layer.outputs, layer.inputs, layer.kernel, layer.kernel},
                     layer.gain / static_cast<float>(fan_in));
  builder.add_uniform(bias, {layer.outputs}, 1 / std::sqrt(static_cast<float>(fan_in)));
  return builder.add("Conv", layer.name, {input, weight, bias},
                     {graph::make_attribute("kernel_shape", Ints{layer.kernel, layer.kernel}),
                      graph::make_attribute("pads", Ints(4, layer.padding))});
}

}  // namespace

graph::Network life(const LifeOptions& options, std::uint64_t seed) {
  if (options.steps < 1 || options.steps > 64 || options.overcompleteness < 1 ||
      options.overcompleteness > 1024) {
    throw_usage("a Game of Life network of n = " + std::to_string(options.steps) +
                    " steps and overcompleteness m = " + std::to_string(options.overcompleteness),
                "n goes from 1 to 64, m from 1 to 1024");
  }
  const std::int64_t m = options.overcompleteness;
  // Pad with mode "wrap" came with opset 19, which needs IR 9.
  Builder builder("life", seed, options.torus ? 19 : 17, options.torus ? 9 : 8);
  const std::vector<graph::Dimension> board = {symbolic("N"), fixed(1), symbolic("H"),
                                               symbolic("W")};
  builder.add_input("cells", board);
  std::string value = "cells";
  std::string around;
  if (options.torus) {
    around =
        builder.add_constant("around", Tensor::from<std::int64_t>({8}, {0, 0, 1, 1, 0, 0, 1, 1}));
  }
  std::int64_t channels = 1;
  for (std::int64_t step = 1; step <= options.steps; ++step) {
    const std::string name = "step" + std::to_string(step);
    if (options.torus) {
      value = builder.add("Pad", name + ".wrap", {value, around},
                          {graph::make_attribute("mode", std::string("wrap"))});
    }
    value = add_biased_conv(builder,
                            {.name = name + ".count",
                             .inputs = channels,
                             .outputs = 2 * m,
                             .kernel = 3,
                             .padding = options.torus ? 0 : 1},
                            value);
    value = builder.add("Relu", name + ".relu1", {value});
    value = add_biased_conv(
        builder, {.name = name + ".decide", .inputs = 2 * m, .outputs = m, .kernel = 1}, value);
    value = builder.add("Relu", name + ".relu2", {value});
    channels = m;
  }
  value = add_biased_conv(
      builder, {.name = "output", .inputs = m, .outputs = 1, .kernel = 1, .gain = 1}, value);
  return builder.finish(value, "logits", board);
}

}  // namespace gcompress::networks

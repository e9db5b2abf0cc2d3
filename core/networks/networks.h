// Built-in networks, made as ONNX graphs with seeded initial weights. Opset 17 (19 for torus Life).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::networks {

struct LifeOptions {
  std::int64_t steps = 1;             // n
  std::int64_t overcompleteness = 7;  // m
  bool torus = true;                  // wrap around; otherwise a dead border (zeros)
};

// Input "cells" float [N, 1, H, W] of 0 and 1, output "logits" of that shape.
// arXiv 2009.01398: 2n+1 layers; each step conv3x3 to 2m channels and conv1x1 to m, ReLU after
// each, a final conv1x1 to 1. n = 1: 2m^2 + 22m + 1 parameters (253 for m = 7).
graph::Network life(const LifeOptions& options, std::uint64_t seed);

// Channels (or hidden units) of a network `width` times as wide: rounded, at least 1.
std::int64_t scaled(std::int64_t channels, double width);

// Input "image" [N, 1, 28, 28], output "logits" [N, classes]. 266,610 parameters at width 1.
graph::Network lenet_300_100(std::uint64_t seed, std::int64_t classes = 10, double width = 1);
// The same ports. 430,500 weights: conv 20, conv 50, fc 500, fc 10.
graph::Network lenet_5(std::uint64_t seed, std::int64_t classes = 10, double width = 1);
// Input "image" [N, 3, 32, 32], output "logits". Depth 6n + 2: 20, 32, 44, 56, 110. Names and
// layout are those of akamaster/pytorch_resnet_cifar10. `width` multiplies the 16, 32 and 64
// channels; what it gives for 16 is made even, at least 2, and doubled twice.
graph::Network resnet_cifar(std::int64_t depth, std::uint64_t seed, std::int64_t classes = 10,
                            double width = 1);
// Input "image" [N, 3, 224, 224]. `width` multiplies the channels (at least 8 stay).
graph::Network mobilenet_v1(std::int64_t classes, double width, std::uint64_t seed);
// Input "features" [N, inputs], ReLU between the layers.
graph::Network mlp(std::int64_t inputs, const std::vector<std::int64_t>& hidden,
                   std::int64_t outputs, std::uint64_t seed);

// By command-line name: "lenet-300-100:width=0.5", "resnet-44:width=0.5,depth=0.5" (depth: so many
// of the blocks), "life:n=1,m=7", "mlp:hidden=64x64", with the shape of the data's samples (without
// batch; {}: not known) and its class count (0: not known, or not a classification). Throws
// Error(kUsage): with both shapes where the data does not fit, with the names that exist where the
// name does not.
graph::Network by_name(const std::string& name, const Shape& input, std::int64_t classes,
                       std::uint64_t seed);
std::vector<std::pair<std::string, std::string>> list();  // name, one line about it

}  // namespace gcompress::networks

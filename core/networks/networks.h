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

graph::Network lenet_300_100(std::uint64_t seed);  // input [N, 1, 28, 28]; 266,610 parameters
graph::Network lenet_5(std::uint64_t seed);        // 430,500 weights: conv 20, conv 50, fc 500, fc 10
graph::Network resnet_cifar(std::int64_t depth, std::uint64_t seed);  // 20, 32, 44, 56
graph::Network mobilenet_v1(std::int64_t classes, double width, std::uint64_t seed);
graph::Network mlp(std::int64_t inputs, const std::vector<std::int64_t>& hidden,
                   std::int64_t outputs, std::uint64_t seed);

// By command-line name: "lenet-300-100", "resnet-20", "life:n=1,m=7", "mlp:hidden=64x64" with the
// data's input shape and class count. Throws Error(kUsage) listing the names that exist.
graph::Network by_name(const std::string& name, const Shape& input, std::int64_t classes,
                       std::uint64_t seed);
std::vector<std::pair<std::string, std::string>> list();  // name, one line about it

}  // namespace gcompress::networks

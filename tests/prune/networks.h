// Networks that tests of pruning share.
#pragma once

#include "gcompress/core/graph/network.h"
#include "tests/support/network_builder.h"

namespace gcompress::testing {

// A one-step Game of Life player with overcompleteness 7: 253 parameters, 22 of them biases.
inline graph::Network small_life(std::uint64_t seed) {
  NetworkBuilder b({2, 1, 6, 6}, seed);
  b.ints("pads", {0, 0, 1, 1, 0, 0, 1, 1});
  b.node("Pad", "padded", {"x", "pads"}, {graph::make_attribute("mode", std::string("wrap"))});
  b.node("Relu", "r1", {b.conv("c1", "padded", {14, 1, 3, 3}, true)});
  b.node("Relu", "r2", {b.conv("c2", "r1", {7, 14, 1, 1}, true)});
  b.conv("logits", "r2", {1, 7, 1, 1}, true);
  return b.finish("logits", {2, 1, 6, 6});
}

// Convolutions with batch norm, a residual sum, a classifier.
// Parameters: 4*2*9 + 8, 4*4*9 + 8, 10*4 + 10.
inline graph::Network small_resnet(std::uint64_t seed) {
  NetworkBuilder b({2, 2, 6, 6}, seed);
  b.node("Relu", "r1", {b.batch_norm("n1", b.conv("c1", "x", {4, 2, 3, 3}, false, 1), 4)});
  b.batch_norm("n2", b.conv("c2", "r1", {4, 4, 3, 3}, false, 1), 4);
  b.node("Relu", "r2", {b.node("Add", "sum", {"n2", "r1"})});
  b.node("GlobalAveragePool", "pooled", {"r2"});
  b.node("Flatten", "flat", {"pooled"});
  b.gemm("fc", "flat", 4, 10);
  return b.finish("fc", {2, 10});
}

// 100 * 80 + 80 + 80 * 30 + 30 + 30 * 10 + 10 = 10,820 parameters.
inline graph::Network medium_mlp(std::uint64_t seed) {
  NetworkBuilder b({2, 100}, seed);
  b.node("Relu", "r1", {b.gemm("l1", "x", 100, 80)});
  b.node("Relu", "r2", {b.gemm("l2", "r1", 80, 30)});
  b.gemm("l3", "r2", 30, 10);
  return b.finish("l3", {2, 10});
}

}  // namespace gcompress::testing

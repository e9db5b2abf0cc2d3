// Small networks whose channels go different ways, by name.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/network_builder.h"

namespace gcompress::testing {

struct ChannelNetwork {
  std::string name;
  std::function<graph::Network(std::uint64_t seed)> make;
};

inline graph::Network chain(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.node("Relu", "r1", {b.batch_norm("n1", b.conv("c1", "x", {6, 3, 3, 3}, true, 1), 6)});
  b.node("PRelu", "r2", {b.conv("c2", "r1", {5, 6, 3, 3}, true, 1), b.floats("slope", {5, 1, 1})});
  b.node("GlobalAveragePool", "pooled", {"r2"});
  b.node("Flatten", "flat", {"pooled"});
  b.gemm("fc", "flat", 5, 4);
  return b.finish("fc", {2, 4});
}

// The stream c1, c3 is one group; c2 between them another.
inline graph::Network residual(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.node("Relu", "r1", {b.batch_norm("n1", b.conv("c1", "x", {6, 3, 3, 3}, false, 1), 6)});
  b.node("Relu", "r2", {b.batch_norm("n2", b.conv("c2", "r1", {4, 6, 3, 3}, false, 1), 4)});
  b.batch_norm("n3", b.conv("c3", "r2", {6, 4, 3, 3}, false, 1), 6);
  b.node("Relu", "r3", {b.node("Add", "sum", {"n3", "r1"})});
  b.conv("y", "r3", {2, 6, 1, 1}, true);
  return b.finish("y", {2, 2, 6, 6});
}

// A stream that widens from 4 to 8 by padding, as in ResNets of type A.
inline graph::Network widening(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.node("Relu", "r1", {b.conv("c1", "x", {4, 3, 3, 3}, true, 1)});
  b.conv("c2", "r1", {8, 4, 3, 3}, true, 1);
  b.node("Pad", "padded", {"r1", b.ints("pads", {0, 2, 0, 0, 0, 2, 0, 0})});
  b.node("Relu", "r2", {b.node("Add", "sum", {"c2", "padded"})});
  b.conv("y", "r2", {2, 8, 1, 1}, true);
  return b.finish("y", {2, 2, 6, 6});
}

inline graph::Network depthwise(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.node("Sigmoid", "s1", {b.conv("c1", "x", {6, 3, 1, 1}, true)});
  b.node("Relu", "r2", {b.batch_norm("n2", b.conv("c2", "s1", {6, 1, 3, 3}, false, 1, 6), 6)});
  b.conv("c3", "r2", {12, 1, 3, 3}, true, 1, 6);
  b.conv("y", "c3", {2, 12, 1, 1}, true);
  return b.finish("y", {2, 2, 6, 6});
}

// Three groups of two inputs and four outputs: they go whole.
inline graph::Network grouped(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.node("Relu", "r1", {b.conv("c1", "x", {6, 3, 1, 1}, true)});
  b.node("Tanh", "t2", {b.conv("c2", "r1", {12, 2, 3, 3}, true, 1, 3)});
  b.conv("y", "t2", {2, 12, 1, 1}, true);
  return b.finish("y", {2, 2, 6, 6});
}

inline graph::Network joined_and_split(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.conv("a", "x", {4, 3, 3, 3}, true, 1);
  b.conv("b", "x", {6, 3, 1, 1}, true);
  b.node("Concat", "both", {"a", "b"}, {graph::make_attribute("axis", std::int64_t{1})});
  b.node("Relu", "r", {b.batch_norm("n", "both", 10)});
  b.network().graph.nodes.push_back(
      graph::make_node("Split", "parts", {"r", b.ints("sizes", {7, 3})}, {"p", "q"},
                       {graph::make_attribute("axis", std::int64_t{1})}));
  b.conv("cp", "p", {2, 7, 1, 1}, true);
  b.conv("cq", "q", {2, 3, 1, 1}, true);
  b.node("Mul", "y", {"cp", "cq"});
  return b.finish("y", {2, 2, 6, 6});
}

inline graph::Network sliced(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.conv("c", "x", {8, 3, 3, 3}, true, 1);
  const std::string axis = b.ints("axis", {1});
  const std::string step = b.ints("step", {1});
  b.node("Slice", "front", {"c", b.ints("s0", {0}), b.ints("e0", {5}), axis, step});
  b.node("Slice", "back", {"c", b.ints("s1", {5}), b.ints("e1", {8}), axis, step});
  b.node("Relu", "r", {"front"});
  b.conv("cf", "r", {2, 5, 1, 1}, true);
  b.conv("cb", "back", {2, 3, 1, 1}, true);
  b.node("Sub", "y", {"cf", "cb"});
  return b.finish("y", {2, 2, 6, 6});
}

// Each channel becomes a run of nine features.
inline graph::Network flattened(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 6, 6}, seed);
  b.node("Relu", "r1", {b.conv("c1", "x", {5, 3, 3, 3}, true, 1)});
  b.node("MaxPool", "p", {"r1"},
         {graph::make_attribute("kernel_shape", std::vector<std::int64_t>{2, 2}),
          graph::make_attribute("strides", std::vector<std::int64_t>{2, 2})});
  b.node("Reshape", "flat", {"p", b.ints("target", {2, 45})});
  b.node("Tanh", "t", {b.gemm("l1", "flat", 45, 7, false)});
  b.gemm("l2", "t", 7, 4);
  return b.finish("l2", {2, 4});
}

// Queries, keys and values of 3 heads of 4, over 5 places; then neurons.
inline graph::Network attention(std::uint64_t seed) {
  NetworkBuilder b({2, 5, 6}, seed);
  const std::string heads = b.ints("heads", {2, 5, 3, 4});
  const auto order = [](std::vector<std::int64_t> axes) {
    return std::vector<graph::Attribute>{graph::make_attribute("perm", std::move(axes))};
  };
  for (const std::string name : {"q", "k", "v"}) {
    b.node("MatMul", name + "m", {"x", b.floats(name + ".weight", {6, 12}, 0.5F)});
    b.node("Add", name + "b", {name + "m", b.floats(name + ".bias", {12}, 0.5F)});
    b.node("Reshape", name + "h", {name + "b", heads});
    b.node("Transpose", name, {name + "h"}, order({0, 2, 1, 3}));
  }
  b.node("Transpose", "kt", {"k"}, order({0, 1, 3, 2}));
  b.node("Softmax", "shares", {b.node("MatMul", "scores", {"q", "kt"})});
  b.node("Transpose", "t", {b.node("MatMul", "mixed", {"shares", "v"})}, order({0, 2, 1, 3}));
  b.node("Reshape", "merged", {"t", b.ints("width", {2, 5, 12})});
  b.node("MatMul", "o", {"merged", b.floats("o.weight", {12, 6}, 0.5F)});
  b.node("Add", "stream", {"o", "x"});
  b.node("MatMul", "up", {"stream", b.floats("up.weight", {6, 8}, 0.5F)});
  b.node("Sigmoid", "gate", {b.node("Add", "upb", {"up", b.floats("up.bias", {8})})});
  b.node("MatMul", "y", {b.node("Mul", "swish", {"upb", "gate"}), b.floats("down.weight", {8, 6})});
  return b.finish("y", {2, 5, 6});
}

inline const std::vector<ChannelNetwork>& channel_networks() {
  static const std::vector<ChannelNetwork> networks = {
      {"chain", chain},         {"residual", residual},   {"widening", widening},
      {"depthwise", depthwise}, {"grouped", grouped},     {"joined and split", joined_and_split},
      {"sliced", sliced},       {"flattened", flattened}, {"attention", attention},
  };
  return networks;
}

}  // namespace gcompress::testing

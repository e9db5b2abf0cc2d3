// Folding dead channels changes no output: random masks on small networks of every shape we follow,
// against a naive interpreter.
#include "gcompress/core/graph/dead_channels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "gcompress/core/base/random.h"
#include "tests/support/naive_runner.h"
#include "tests/support/network_builder.h"

namespace gcompress::graph {
namespace {

using testing::NaiveTensor;
using testing::NetworkBuilder;

std::vector<double> output_of(const Network& network, std::uint64_t seed) {
  const Value& input = network.graph.inputs.front();
  NaiveTensor x;
  for (const Dimension& dimension : *input.shape) {
    x.shape.push_back(dimension.known() ? dimension.size : 2);
  }
  RandomStream random(seed, "test input");
  x.values.resize(static_cast<std::size_t>(element_count(x.shape)));
  for (double& value : x.values) value = random.normal();
  auto values = testing::run_naively(network, {{input.name, x}});
  std::vector<double> all;
  for (const Value& output : network.graph.outputs) {
    const auto& part = values.at(output.name).values;
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

// Constants are stored as float32: relative to the largest output, some roundings of 6e-8.
void expect_same_outputs(const Network& a, const Network& b, const std::string& what) {
  const auto left = output_of(a, 7);
  const auto right = output_of(b, 7);
  ASSERT_EQ(left.size(), right.size());
  double largest = 1;
  for (const double value : left) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < left.size(); ++i) {
    ASSERT_NEAR(left[i], right[i], 1e-5 * largest) << what << ", element " << i;
  }
}

Masks random_masks(const Network& network, double density, std::uint64_t seed) {
  Masks masks;
  RandomStream random(seed, "test masks");
  for (const Weight& weight : find_weights(network)) {
    if (!weight.prunable) continue;
    Mask mask(weight.value.shape(), false);
    for (std::int64_t i = 0; i < mask.size(); ++i) mask.set(i, random.uniform() < density);
    masks[weight.id] = mask;
  }
  return masks;
}

std::int64_t parameters(const Network& network) {
  std::int64_t count = 0;
  for (const Weight& weight : find_weights(network)) count += weight.size();
  return count;
}

// Kept parameters by the masks alone.
std::int64_t masked_count(const Network& network, const Masks& masks) {
  std::int64_t count = 0;
  for (const Weight& weight : find_weights(network)) {
    const auto mask = masks.find(weight.id);
    count += mask == masks.end() ? weight.size() : mask->second.kept();
  }
  return count;
}

bool is_part_of(const Masks& part, const Masks& whole) {
  for (const auto& [id, mask] : part) {
    const auto other = whole.find(id);
    if (other == whole.end()) continue;
    for (std::size_t i = 0; i < mask.words().size(); ++i) {
      if ((mask.words()[i] & ~other->second.words()[i]) != 0) return false;
    }
  }
  return true;
}

// Everything that must hold for one network and one set of masks. Returns the effective count.
std::int64_t check(const Network& network, const Masks& masks, const std::string& what) {
  const FoldedNetwork folded = fold_dead_channels(network, masks);
  const Network masked_network = apply_masks(network, masks);
  expect_same_outputs(masked_network, folded.network, what);
  EXPECT_EQ(folded.kept, DeadChannelCounter(network).kept_parameters(masks)) << what;
  EXPECT_EQ(folded.kept, masked_count(network, folded.masks)) << what;
  EXPECT_LE(folded.kept, masked_count(network, masks)) << what;
  EXPECT_TRUE(is_part_of(folded.masks, masks)) << what;
  // The network's own zeros agree with the masks.
  for (const auto& [id, mask] : folded.masks) {
    const Tensor& tensor = folded.network.graph.initializer(id.tensor)->value;
    EXPECT_TRUE(identical(tensor, masked(tensor, mask))) << what << ": " << to_string(id);
  }
  // Folding again finds nothing more to compensate, and never more to keep.
  const FoldedNetwork again = fold_dead_channels(folded.network, folded.masks);
  EXPECT_LE(again.kept, folded.kept) << what;
  expect_same_outputs(folded.network, again.network, what + ", again");
  // What is idle goes without compensation, and stays gone when the rest changes.
  const Masks idle = DeadChannelCounter(network).without_idle(masks);
  expect_same_outputs(masked_network, apply_masks(network, idle), what + ", idle");
  EXPECT_LE(fold_dead_channels(network, idle).kept, folded.kept) << what;
  return folded.kept;
}

struct Case {
  std::string name;
  std::function<Network(std::uint64_t seed)> build;
};

// The shape of the Game of Life players: wrapped 3x3, 1x1, 1x1, each with a bias and Relu.
Network life(std::uint64_t seed, const std::string& mode) {
  NetworkBuilder b({2, 1, 4, 4}, seed);
  b.ints("pads", {0, 0, 1, 1, 0, 0, 1, 1});
  b.node("Pad", "padded", {"x", "pads"}, {make_attribute("mode", mode)});
  b.node("Relu", "r1", {b.conv("c1", "padded", {6, 1, 3, 3}, true)});
  b.node("Relu", "r2", {b.conv("c2", "r1", {3, 6, 1, 1}, true)});
  b.node("Pad", "padded2", {"r2", "pads"}, {make_attribute("mode", mode)});
  b.node("Relu", "r3", {b.conv("c3", "padded2", {6, 3, 3, 3}, true)});
  b.conv("logits", "r3", {1, 6, 1, 1}, true);
  return b.finish("logits", {2, 1, 4, 4});
}

Network residual(std::uint64_t seed, std::int64_t padding) {
  NetworkBuilder b({2, 2, 5, 5}, seed);
  const auto block = [&](const std::string& name, const std::string& in, std::int64_t ci,
                         std::int64_t co) {
    b.conv(name + ".conv", in, {co, ci, 3, 3}, false, padding);
    return b.batch_norm(name + ".bn", name + ".conv", co);
  };
  b.node("Relu", "stem", {block("s", "x", 2, 4)});
  b.node("Relu", "a1", {block("a", "stem", 4, 4)});
  b.conv("b.conv", "a1", {4, 4, 1, 1}, false);
  b.batch_norm("b.bn", "b.conv", 4);
  std::string shortcut = "stem";
  if (padding == 0) {  // the sizes must agree: cut a border of 1
    b.ints("starts", {1, 1});
    b.ints("ends", {2, 2});
    b.ints("axes", {2, 3});
    b.ints("steps", {1, 1});
    shortcut = b.node("Slice", "cut", {"stem", "starts", "ends", "axes", "steps"});
  }
  b.node("Relu", "sum", {b.node("Add", "added", {"b.bn", shortcut})});
  b.conv("last.conv", "sum", {3, 4, 1, 1}, false);
  b.node("GlobalAveragePool", "pooled", {b.batch_norm("last.bn", "last.conv", 3)});
  b.node("Flatten", "flat", {"pooled"});
  b.gemm("logits", "flat", 3, 4);
  return b.finish("logits", {2, 4});
}

// Where the resolution halves: every second row and column, zero channels in front and behind.
Network widening(std::uint64_t seed) {
  NetworkBuilder b({2, 1, 6, 6}, seed);
  b.node("Relu", "stem", {b.batch_norm("s.bn", b.conv("s", "x", {4, 1, 3, 3}, false, 1), 4)});
  b.node("MaxPool", "halved", {"stem"},
         {make_attribute("kernel_shape", std::vector<std::int64_t>{2, 2}),
          make_attribute("strides", std::vector<std::int64_t>{2, 2})});
  b.batch_norm("m.bn", b.conv("m", "halved", {8, 4, 3, 3}, false, 1), 8);
  b.ints("starts", {0, 0});
  b.ints("ends", {6, 6});
  b.ints("axes", {2, 3});
  b.ints("steps", {2, 2});
  b.node("Slice", "cut", {"stem", "starts", "ends", "axes", "steps"});
  b.ints("pads", {0, 2, 0, 0, 0, 2, 0, 0});
  b.node("Pad", "widened", {"cut", "pads"});
  b.node("Relu", "sum", {b.node("Add", "added", {"m.bn", "widened"})});
  b.node("Flatten", "flat", {"sum"});
  b.gemm("logits", "flat", 72, 3);
  return b.finish("logits", {2, 3});
}

Network mlp(std::uint64_t seed) {
  NetworkBuilder b({3, 5}, seed);
  b.node("Relu", "r1", {b.gemm("l1", "x", 5, 6)});
  b.node("Sigmoid", "r2", {b.gemm("l2", "r1", 6, 5, false)});
  b.node("MatMul", "m3", {"r2", b.floats("m3.weight", {5, 6})});
  b.node("Add", "a3", {"m3", b.floats("a3.bias", {6})});
  b.node("Tanh", "t3", {b.batch_norm("n3", "a3", 6)});
  b.node("Mul", "scaled", {"t3", b.floats("scale", {6})});
  b.node("Add", "shifted", {"scaled", b.floats("shift", {6})});
  b.node("MatMul", "logits", {"shifted", b.floats("m4.weight", {6, 3})});
  return b.finish("logits", {3, 3});
}

Network lenet(std::uint64_t seed) {
  NetworkBuilder b({2, 1, 8, 8}, seed);
  b.conv("c1", "x", {4, 1, 3, 3}, true);
  b.node("AveragePool", "p1", {"c1"},
         {make_attribute("kernel_shape", std::vector<std::int64_t>{3, 3}),
          make_attribute("pads", std::vector<std::int64_t>{1, 1, 1, 1}),
          make_attribute("strides", std::vector<std::int64_t>{2, 2}),
          make_attribute("count_include_pad", static_cast<std::int64_t>(seed % 2))});
  b.conv("c2", "p1", {5, 4, 2, 2}, true);
  b.node("MaxPool", "p2", {"c2"},
         {make_attribute("kernel_shape", std::vector<std::int64_t>{2, 2}),
          make_attribute("pads", std::vector<std::int64_t>{1, 1, 1, 1}),
          make_attribute("strides", std::vector<std::int64_t>{2, 2})});
  b.node("Flatten", "flat", {"p2"});
  b.node("Relu", "r3", {b.gemm("f3", "flat", 20, 6, seed % 2 == 0)});
  b.gemm("logits", "r3", 6, 3);
  return b.finish("logits", {2, 3});
}

// As exporters write a flattening: to [-1, features], or by sizes read from the value itself.
Network reshaped(std::uint64_t seed) {
  NetworkBuilder b({2, 1, 6, 6}, seed);
  b.conv("c1", "x", {4, 1, 3, 3}, true);
  b.ints("matrix", {-1, 64});
  b.node("Reshape", "flat", {"c1", "matrix"});
  b.node("Relu", "r2", {b.gemm("f2", "flat", 64, 6)});
  b.gemm("logits", "r2", 6, 3);
  return b.finish("logits", {2, 3});
}

// Depthwise and pointwise, with and without padding.
Network depthwise(std::uint64_t seed, std::int64_t padding) {
  NetworkBuilder b({2, 2, 6, 6}, seed);
  b.node("Relu", "r1", {b.batch_norm("n1", b.conv("c1", "x", {4, 2, 1, 1}, false), 4)});
  b.conv("dw", "r1", {4, 1, 3, 3}, false, padding, 4);
  b.node("Relu", "r2", {b.batch_norm("n2", "dw", 4)});
  b.conv("grouped", "r2", {6, 2, 3, 3}, true, padding, 2);
  b.node("Sigmoid", "r3", {"grouped"});
  b.conv("logits", "r3", {2, 6, 1, 1}, false);
  return b.finish("logits", {2, 2, -1, -1});
}

// Branches: concatenation, a split, a gate that multiplies, a value that is also an output.
Network branches(std::uint64_t seed) {
  NetworkBuilder b({2, 2, 4, 4}, seed);
  b.node("Relu", "left", {b.conv("l", "x", {3, 2, 1, 1}, true)});
  b.node("Tanh", "right", {b.conv("r", "x", {3, 2, 3, 3}, true, 1)});
  b.node("Concat", "both", {"left", "right"}, {make_attribute("axis", std::int64_t{1})});
  b.conv("c", "both", {6, 6, 1, 1}, true);
  b.ints("sizes", {2, 4});
  b.network().graph.nodes.push_back(make_node("Split", "parts", {"c", "sizes"}, {"first", "second"},
                                              {make_attribute("axis", std::int64_t{1})}));
  b.node("ReduceMean", "mean", {"second"},
         {make_attribute("axes", std::vector<std::int64_t>{2, 3})});
  b.node("Sigmoid", "gate", {b.conv("g", "mean", {4, 4, 1, 1}, true)});
  b.node("Mul", "gated", {"second", "gate"});
  b.node("Sub", "difference", {"gated", "second"});
  b.conv("logits", "difference", {2, 4, 3, 3}, true, 1);
  Network network = b.finish("logits", {2, 2, 4, 4});
  network.graph.outputs.push_back(make_value("first", DataType::kFloat32, {2, 2, 4, 4}));
  return network;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"life, wrapped", [](std::uint64_t seed) { return life(seed, "wrap"); }},
      {"life, zero border", [](std::uint64_t seed) { return life(seed, "constant"); }},
      {"residual, padded", [](std::uint64_t seed) { return residual(seed, 1); }},
      {"residual, unpadded", [](std::uint64_t seed) { return residual(seed, 0); }},
      {"widening", widening},
      {"mlp", mlp},
      {"lenet", lenet},
      {"reshaped", reshaped},
      {"depthwise, padded", [](std::uint64_t seed) { return depthwise(seed, 1); }},
      {"depthwise, unpadded", [](std::uint64_t seed) { return depthwise(seed, 0); }},
      {"branches", branches},
  };
  return all;
}

TEST(DeadChannels, FoldingRandomMasksChangesNoOutput) {
  for (const Case& one : cases()) {
    int smaller = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const Network network = one.build(seed);
      for (const double density : {0.03, 0.1, 0.2, 0.35, 0.6}) {
        const Masks masks = random_masks(network, density, seed);
        const std::string what =
            one.name + ", seed " + std::to_string(seed) + ", density " + std::to_string(density);
        if (check(network, masks, what) < masked_count(network, masks)) ++smaller;
        if (HasFatalFailure()) return;
      }
    }
    EXPECT_GT(smaller, 20) << one.name;  // the property is not empty
  }
}

TEST(DeadChannels, WithoutMasksNothingIsFolded) {
  for (const Case& one : cases()) {
    const Network network = one.build(1);
    const FoldedNetwork folded = fold_dead_channels(network, {});
    EXPECT_EQ(folded.kept, parameters(network)) << one.name;
    EXPECT_EQ(folded.dead_channels, 0) << one.name;
    EXPECT_TRUE(folded.masks.empty()) << one.name;
  }
}

TEST(DeadChannels, EmptyMasksLeaveOnlyTheLastBias) {
  const Network network = mlp(3);
  EXPECT_EQ(fold_dead_channels(network, random_masks(network, 0, 0)).kept, 0);
  const Network with_bias = lenet(3);
  EXPECT_EQ(fold_dead_channels(with_bias, random_masks(with_bias, 0, 0)).kept, 3);
}

// One hidden channel, biases chosen: what folds and what stays, counted by hand.
Network two_convs(float bias, std::int64_t padding) {
  NetworkBuilder b({1, 1, 4, 4}, 5);
  b.node("Conv", "c1",
         {"x", b.floats("w1", {2, 1, 1, 1}),
          b.constant("b1", Tensor::from<float>({2}, {1.0F, bias}))});
  b.node("Relu", "r1", {"c1"});
  b.node("Conv", "c2", {"r1", b.floats("w2", {1, 2, 3, 3}), b.floats("b2", {1})},
         {make_attribute("pads", std::vector<std::int64_t>(4, padding))});
  return b.finish("c2", {1, 1, -1, -1});
}

Masks without_second_input() {
  Masks masks;
  masks[{"", "w1"}] = Mask({2, 1, 1, 1}, true);
  masks[{"", "w1"}].set(1, false);
  return masks;
}

TEST(DeadChannels, AConstantThatZeroPaddingSeesStays) {
  // 2 + 2 weights and biases of the first layer, 18 + 1 of the second. The masked weight goes, and
  // so does the centre tap, which sees the constant everywhere.
  EXPECT_EQ(check(two_convs(0.5F, 1), without_second_input(), "padded"), 21);
}

TEST(DeadChannels, AConstantFoldsWherePaddingDoesNotSeeIt) {
  EXPECT_EQ(check(two_convs(0.5F, 0), without_second_input(), "unpadded"), 12);
  // With padding, but only the centre tap is kept.
  Masks masks = without_second_input();
  masks[{"", "w2"}] = Mask({1, 2, 3, 3}, true);
  for (std::int64_t tap = 0; tap < 9; ++tap) masks[{"", "w2"}].set(9 + tap, tap == 4);
  EXPECT_EQ(check(two_convs(0.5F, 1), masks, "centre"), 12);
}

TEST(DeadChannels, AZeroConstantAlwaysFolds) {
  EXPECT_EQ(check(two_convs(-0.5F, 1), without_second_input(), "zero"), 12);
}

TEST(DeadChannels, AChannelThatNobodyReadsGoesWithItsInputs) {
  Masks masks;
  masks[{"", "w2"}] = Mask({1, 2, 3, 3}, true);
  for (std::int64_t tap = 0; tap < 9; ++tap) masks[{"", "w2"}].set(9 + tap, false);
  EXPECT_EQ(check(two_convs(0.5F, 1), masks, "unread"), 12);
}

TEST(DeadChannels, WithoutABiasTheBatchNormsMeanTakesTheConstant) {
  NetworkBuilder b({1, 1, 4, 4}, 5);
  b.conv("c1", "x", {3, 1, 1, 1}, true);
  b.node("Sigmoid", "s1", {"c1"});
  b.batch_norm("n2", b.conv("c2", "s1", {2, 3, 1, 1}, false), 2);
  const Network network = b.finish("n2", {1, 2, 4, 4});
  Masks masks;
  masks[{"", "c1.weight"}] = Mask({3, 1, 1, 1}, true);
  masks[{"", "c1.weight"}].set(2, false);
  // 3 + 3, 6, 2 + 2 parameters; a weight, its bias and two readers go.
  EXPECT_EQ(check(network, masks, "mean"), 12);
  const Tensor mean =
      fold_dead_channels(network, masks).network.graph.initializer("n2.mean")->value;
  EXPECT_FALSE(identical(mean, network.graph.initializer("n2.mean")->value));
}

TEST(DeadChannels, TiedWeightsAreLeftAlone) {
  NetworkBuilder b({2, 4}, 9);
  const std::string tied = b.floats("tied", {4, 4});
  b.node("Relu", "r1", {b.node("MatMul", "m1", {"x", tied})});
  b.node("Relu", "r2", {b.node("MatMul", "m2", {"r1", tied})});
  b.node("MatMul", "logits", {"r2", b.floats("last", {4, 2})});
  const Network network = b.finish("logits", {2, 2});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Masks masks = random_masks(network, 0.25, seed);
    check(network, masks, "tied");
    EXPECT_EQ(fold_dead_channels(network, masks).masks.at({"", "tied"}), masks.at({"", "tied"}));
  }
}

TEST(DeadChannels, UntouchedWeightsNeitherChangeNorCount) {
  const Network network = two_convs(0.5F, 0);
  const std::set<WeightId> untouched = {{"", "w2"}};
  const FoldedNetwork folded = fold_dead_channels(network, without_second_input(), untouched);
  EXPECT_FALSE(folded.masks.contains({"", "w2"}));
  EXPECT_EQ(folded.kept, 4);  // one weight, two biases, the last bias
  expect_same_outputs(apply_masks(network, without_second_input()), folded.network, "untouched");
}

TEST(DeadChannels, AnOperatorThatIsNotFollowedKeepsItsChannels) {
  NetworkBuilder b({2, 4}, 9);
  b.node("Mystery", "mystery", {b.gemm("l1", "x", 4, 4)});
  b.gemm("logits", "mystery", 4, 2);
  const Network network = b.finish("logits", {2, 2});
  Masks masks;
  masks[{"", "l1.weight"}] = Mask({4, 4}, false);
  EXPECT_EQ(fold_dead_channels(network, masks).kept, 4 + 8 + 2);
}

TEST(DeadChannels, PresentValuesDecideWhatFolds) {
  const Network network = two_convs(0.5F, 1);
  const DeadChannelCounter counter(network);
  EXPECT_EQ(counter.kept_parameters(without_second_input()), 21);
  EXPECT_EQ(counter.kept_parameters(without_second_input(),
                                    {{{"", "b1"}, Tensor::from<float>({2}, {1.0F, -2.0F})}}),
            12);
}

}  // namespace
}  // namespace gcompress::graph

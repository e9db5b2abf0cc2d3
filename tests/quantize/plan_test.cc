// What runs on integers, and where values are quantized for it.
#include "gcompress/quantize/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/network_builder.h"

namespace gcompress::quantize {
namespace {

using ::testing::ElementsAre;
using testing::NetworkBuilder;
using Pairs = std::map<std::string, std::string>;

Plan plan_of(const graph::Network& network) {
  return make_plan(network, [](const std::string&) { return true; });
}

TEST(Plan, ARectifierIsInTheRounding) {
  NetworkBuilder b({2, 2, 4, 4}, 1);
  b.node("Relu", "r", {b.conv("c", "x", {3, 2, 1, 1}, true)});
  b.conv("d", "r", {3, 3, 1, 1}, true);
  const Plan plan = plan_of(b.finish("d", {2, 3, 4, 4}));
  EXPECT_EQ(plan.layers.size(), 2U);
  EXPECT_EQ(plan.pairs, (Pairs{{"x", "x"}, {"r", "r"}, {"d", "d"}}));
}

TEST(Plan, ClipIsInTheRoundingOnlyIfItHoldsZero) {
  for (const float low : {0.0F, 1.0F}) {
    NetworkBuilder b({2, 2, 4, 4}, 1);
    b.conv("c", "x", {3, 2, 1, 1}, true);
    b.constant("low", Tensor::scalar(low));
    b.constant("high", Tensor::scalar(6.0F));
    b.conv("d", b.node("Clip", "r", {"c", "low", "high"}), {3, 3, 1, 1}, true);
    const Plan plan = plan_of(b.finish("d", {2, 3, 4, 4}));
    EXPECT_EQ(plan.pairs.contains("c"), low > 0);
    EXPECT_TRUE(plan.pairs.contains("r"));
  }
}

TEST(Plan, MovedElementsHaveTheirScale) {
  NetworkBuilder b({2, 2, 4, 4}, 1);
  b.node("Relu", "r", {b.conv("c", "x", {3, 2, 1, 1}, true)});
  b.node("MaxPool", "m", {"r"},
         {graph::make_attribute("kernel_shape", std::vector<std::int64_t>{2, 2}),
          graph::make_attribute("strides", std::vector<std::int64_t>{2, 2})});
  b.node("Flatten", "f", {"m"});
  b.gemm("g", "f", 12, 2);
  const Plan plan = plan_of(b.finish("g", {2, 2}));
  EXPECT_EQ(plan.pairs, (Pairs{{"x", "x"}, {"r", "r"}, {"m", "r"}, {"f", "r"}}));
}

TEST(Plan, AResidualAdditionBetweenIntegersJoins) {
  NetworkBuilder b({2, 2, 4, 4}, 1);
  b.node("Relu", "r", {b.conv("c", "x", {2, 2, 1, 1}, true)});
  b.conv("d", "r", {2, 2, 1, 1}, true);
  b.node("Relu", "s", {b.node("Add", "a", {"d", "r"})});
  b.node("GlobalAveragePool", "p", {"s"});
  b.node("Flatten", "f", {"p"});
  b.gemm("g", "f", 2, 2);
  const Plan plan = plan_of(b.finish("g", {2, 2}));
  EXPECT_EQ(plan.pairs,
            (Pairs{{"x", "x"}, {"r", "r"}, {"d", "d"}, {"s", "s"}, {"p", "p"}, {"f", "p"}}));
}

TEST(Plan, AnAdditionThatNoLayerReadsStaysFloat) {
  NetworkBuilder b({2, 2, 4, 4}, 1);
  b.node("Relu", "r", {b.conv("c", "x", {2, 2, 1, 1}, true)});
  b.conv("d", "r", {2, 2, 1, 1}, true);
  b.node("Add", "a", {"d", "r"});
  const Plan plan = plan_of(b.finish("a", {2, 2, 4, 4}));
  EXPECT_FALSE(plan.pairs.contains("a"));
}

// Attention and a residual: the sums leave as float, and only what products read is rounded.
TEST(Plan, ATransformerBlockRoundsTheInputsOfProductsOnly) {
  NetworkBuilder b({4, 8}, 1);
  for (const std::string name : {"q", "k", "v"}) {
    b.node("MatMul", name + "m", {"x", b.floats(name + "w", {8, 8})});
    b.node("Add", name, {name + "m", b.floats(name + "b", {8})});
  }
  b.node("Transpose", "kt", {"k"});
  b.node("MatMul", "scores", {"q", "kt"});
  b.node("Softmax", "p", {"scores"}, {graph::make_attribute("axis", std::int64_t{-1})});
  b.node("MatMul", "mixed", {"p", "v"});
  b.node("Add", "y", {"mixed", "x"});
  const Plan plan = plan_of(b.finish("y", {4, 8}));
  EXPECT_EQ(plan.layers.size(), 5U);
  EXPECT_EQ(plan.pairs,
            (Pairs{{"x", "x"}, {"q", "q"}, {"k", "k"}, {"kt", "k"}, {"v", "v"}, {"p", "p"}}));
  EXPECT_TRUE(plan.stayed_float.empty());
}

TEST(Plan, WhatStaysFloatSaysWhy) {
  NetworkBuilder b({2, 2, 4, 4}, 1);
  b.node("ConvTranspose", "t", {"x", b.floats("tw", {2, 2, 1, 1})});
  b.node("Conv", "c", {"t", b.node("Relu", "computed", {b.floats("w", {2, 2, 1, 1})})});
  b.node("Flatten", "f", {"c"});
  b.node("Gemm", "g", {"f", b.floats("gw", {32, 2})}, {graph::make_attribute("alpha", 2.0F)});
  const Plan plan = plan_of(b.finish("g", {2, 2}));
  EXPECT_TRUE(plan.layers.empty());
  EXPECT_TRUE(plan.pairs.empty());
  std::vector<std::string> said;
  for (const StayedFloat& layer : plan.stayed_float) said.push_back(layer.node + ": " + layer.why);
  EXPECT_THAT(said, ElementsAre("t: it has no static integer form", "c: its weight is not constant",
                                "g: it scales or transposes its input"));
}

TEST(Plan, ALayerWhoseInputHasNoRangeStaysFloat) {
  NetworkBuilder b({2, 3}, 1);
  b.gemm("g", "x", 3, 4);
  const Plan plan = make_plan(b.finish("g", {2, 4}), [](const std::string&) { return false; });
  EXPECT_TRUE(plan.layers.empty());
  ASSERT_EQ(plan.stayed_float.size(), 1U);
  EXPECT_THAT(plan.stayed_float[0].why, ::testing::HasSubstr("no float32 range"));
}

}  // namespace
}  // namespace gcompress::quantize

// How much of the work lies on integers.
#include "gcompress/quantize/integer_share.h"

#include <gtest/gtest.h>

#include "tests/support/network_builder.h"

namespace gcompress::quantize {
namespace {

using testing::NetworkBuilder;

graph::Network small_network() {
  NetworkBuilder b({1, 2, 4, 4}, 1);
  b.conv("c", "x", {3, 2, 3, 3}, true, 1);                            // 3 * 16 places * 18 = 864
  b.node("ConvTranspose", "t", {"c", b.floats("tw", {3, 2, 1, 1})});  // 3 * 16 * 2 = 96
  b.node("Flatten", "f", {"t"});
  b.gemm("g", "f", 32, 5);  // 160
  return b.finish("g", {1, 5});
}

IntegerShare share_with(const KeepFloat& keep) {
  const graph::Network network = small_network();
  const Plan plan = make_plan(network, [](const std::string&) { return true; }, keep);
  return integer_share_of(network, plan, graph::infer_shapes(network));
}

TEST(IntegerShare, CountsMultiplyAddsOfLayersOnIntegers) {
  const IntegerShare share = share_with({});
  EXPECT_EQ(share.all, 864 + 96 + 160);
  EXPECT_EQ(share.on_integers, 864 + 160);
  ASSERT_EQ(share.in_float.size(), 1U);
  EXPECT_EQ(share.in_float[0].layer.node, "t");
  EXPECT_EQ(share.in_float[0].multiply_adds, 96);
}

TEST(IntegerShare, WhatIsKeptFloatSaysWhyTheDearestFirst) {
  const IntegerShare share = share_with({{"c", "it costs accuracy"}});
  EXPECT_EQ(share.on_integers, 160);
  ASSERT_EQ(share.in_float.size(), 2U);
  EXPECT_EQ(share.in_float[0].layer.node, "c");
  EXPECT_EQ(share.in_float[0].layer.why, "it costs accuracy");
  EXPECT_EQ(share.in_float[1].layer.node, "t");
}

}  // namespace
}  // namespace gcompress::quantize

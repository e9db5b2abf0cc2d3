// Which channels go together, and why others stay.
#include "gcompress/core/graph/channel_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "tests/core/graph/channel_networks.h"

namespace gcompress::graph {
namespace {

using ::testing::HasSubstr;
using testing::NetworkBuilder;

ChannelGroups groups_of(const Network& network, const std::set<WeightId>& untouched = {}) {
  return find_channel_groups(network, find_weights(network), untouched);
}

const ChannelGroup& group(const ChannelGroups& groups, const std::string& name) {
  for (const ChannelGroup& one : groups.groups) {
    if (one.name == name) return one;
  }
  throw std::runtime_error("no group " + name);
}

bool has_member(const ChannelGroup& group, const std::string& tensor, std::int64_t axis,
                ChannelRole role) {
  return std::ranges::any_of(group.members, [&](const ChannelMember& member) {
    return member.id.tensor == tensor && member.axis == axis && member.role == role;
  });
}

TEST(ChannelGroups, ALayerItsNormalisationAndItsReadersAreAGroup) {
  const ChannelGroups groups = groups_of(testing::chain(1));
  const ChannelGroup& first = group(groups, "c1");
  EXPECT_EQ(first.channels, 6);
  EXPECT_EQ(first.floor, 1);
  EXPECT_TRUE(has_member(first, "c1.weight", 0, ChannelRole::kMakes));
  EXPECT_TRUE(has_member(first, "c1.bias", 0, ChannelRole::kFollows));
  EXPECT_TRUE(has_member(first, "n1.variance", 0, ChannelRole::kFollows));
  EXPECT_TRUE(has_member(first, "c2.weight", 1, ChannelRole::kReads));
  EXPECT_TRUE(has_member(group(groups, "c2"), "slope", 0, ChannelRole::kFollows));
}

TEST(ChannelGroups, AResidualStreamIsOneGroup) {
  const ChannelGroups groups = groups_of(testing::residual(1));
  EXPECT_EQ(groups.channels, 10);
  EXPECT_TRUE(has_member(group(groups, "c1"), "c3.weight", 0, ChannelRole::kMakes));
  EXPECT_TRUE(has_member(group(groups, "c1"), "y.weight", 1, ChannelRole::kReads));
}

TEST(ChannelGroups, WhatAStreamGainsHalfwayCanGoWhole) {
  const ChannelGroups groups = groups_of(testing::widening(1));
  EXPECT_EQ(group(groups, "c1").floor, 1);
  EXPECT_EQ(group(groups, "c2").channels, 4);
  EXPECT_EQ(group(groups, "c2").floor, 0);
}

TEST(ChannelGroups, GroupedConvolutionsGoInWholeGroups) {
  const ChannelGroups groups = groups_of(testing::grouped(1));
  EXPECT_EQ(group(groups, "c1").channels, 3);
  EXPECT_EQ(groups.channels, 3);
}

TEST(ChannelGroups, HeadsGoWhole) {
  const ChannelGroups groups = groups_of(testing::attention(1));
  const ChannelGroup& heads = group(groups, "qm");
  EXPECT_EQ(heads.channels, 3);
  for (const std::string name : {"q.weight", "k.weight", "v.weight"}) {
    EXPECT_TRUE(has_member(heads, name, 1, ChannelRole::kMakes));
  }
  EXPECT_TRUE(has_member(heads, "o.weight", 0, ChannelRole::kReads));
  EXPECT_EQ(group(groups, "up").channels, 8);
  EXPECT_THAT(group(groups, "o").why_not, HasSubstr("a network input"));
}

TEST(ChannelGroups, OutputsOfTheNetworkStay) {
  EXPECT_EQ(group(groups_of(testing::chain(1)), "fc").why_not, "the network's output");
}

TEST(ChannelGroups, AnOperatorThatIsNotFollowedIsNamed) {
  NetworkBuilder b({2, 3, 6, 6}, 1);
  b.conv("c1", "x", {4, 3, 1, 1}, true);
  b.node("Mystery", "m", {"c1"});
  b.conv("y", "m", {2, 4, 1, 1}, true);
  const ChannelGroups groups = groups_of(b.finish("y", {2, 2, 6, 6}));
  EXPECT_EQ(group(groups, "c1").why_not, "not followed: Mystery 'm'");
  EXPECT_EQ(groups.channels, 0);
}

TEST(ChannelGroups, WhatNormalisesOverChannelsKeepsThem) {
  NetworkBuilder b({2, 5, 6}, 1);
  b.node("MatMul", "m", {"x", b.floats("w", {6, 8})});
  b.node("LayerNormalization", "n", {"m", b.floats("scale", {8}), b.floats("shift", {8})});
  b.node("MatMul", "y", {"n", b.floats("v", {8, 3})});
  const ChannelGroups groups = groups_of(b.finish("y", {2, 5, 3}));
  EXPECT_THAT(group(groups, "m").why_not, HasSubstr("LayerNormalization"));
}

TEST(ChannelGroups, ASumOfAConstantThatIsNot0KeepsItsChannels) {
  // Products of activations over channels whose masked value is sigmoid(0).
  NetworkBuilder b({2, 5, 6}, 1);
  b.node("Sigmoid", "a", {b.node("MatMul", "ma", {"x", b.floats("wa", {6, 8})})});
  b.node("Sigmoid", "c", {b.node("MatMul", "mc", {"x", b.floats("wc", {6, 8})})});
  b.node("Transpose", "ct", {"c"}, {make_attribute("perm", std::vector<std::int64_t>{0, 2, 1})});
  b.node("MatMul", "y", {"a", "ct"});
  const ChannelGroups groups = groups_of(b.finish("y", {2, 5, 5}));
  EXPECT_THAT(group(groups, "ma").why_not, HasSubstr("a constant other than 0"));
}

TEST(ChannelGroups, SizesThatAreComputedWithKeepTheirChannels) {
  // Divided by the number of channels, as attention divides by the width of a head.
  NetworkBuilder b({2, 3, 6, 6}, 1);
  b.conv("c1", "x", {4, 3, 1, 1}, true);
  b.node("Shape", "shape", {"c1"});
  b.node("Gather", "width", {"shape", b.constant("one", Tensor::scalar<std::int64_t>(1))});
  b.node("Cast", "number", {"width"}, {make_attribute("to", std::int64_t{1})});
  b.conv("c2", b.node("Mul", "scaled", {"c1", "number"}), {2, 4, 1, 1}, true);
  const ChannelGroups groups = groups_of(b.finish("c2", {2, 2, 6, 6}));
  EXPECT_THAT(group(groups, "c1").why_not, HasSubstr("its size is computed with"));
}

TEST(ChannelGroups, TiedWeightsGoTogetherInAllPlaces) {
  NetworkBuilder b({2, 3, 6, 6}, 1);
  b.conv("c1", "x", {4, 3, 1, 1}, true);
  b.floats("shared", {4, 4, 1, 1});
  b.node("Conv", "c2", {"c1", "shared"});
  b.node("Conv", "c3", {"c2", "shared"});
  b.conv("y", "c3", {2, 4, 1, 1}, true);
  const ChannelGroups groups = groups_of(b.finish("y", {2, 2, 6, 6}));
  EXPECT_EQ(groups.channels, 4);
  EXPECT_TRUE(has_member(group(groups, "c1"), "shared", 0, ChannelRole::kMakes));
  EXPECT_TRUE(has_member(group(groups, "c1"), "shared", 1, ChannelRole::kReads));
}

TEST(ChannelGroups, WeightsThatAreLeftAloneKeepTheirChannels) {
  const ChannelGroups groups = groups_of(testing::residual(1), {{{}, "c2.weight"}});
  EXPECT_EQ(group(groups, "c2").why_not, "'c2.weight' is left alone");
  EXPECT_EQ(group(groups, "c1").why_not, "'c2.weight' is left alone");  // it reads them
  EXPECT_EQ(groups.channels, 0);
}

TEST(ChannelGroups, ASingleChannelStays) {
  NetworkBuilder b({2, 3, 6, 6}, 1);
  b.conv("y", b.conv("c1", "x", {1, 3, 1, 1}, true), {2, 1, 1, 1}, true);
  const ChannelGroups groups = groups_of(b.finish("y", {2, 2, 6, 6}));
  EXPECT_EQ(groups.channels, 0);
}

TEST(ChannelGroups, AHundredLayersTakeLessThanASecond) {
  NetworkBuilder b({2, 3, 8, 8}, 1);
  std::string stream = b.conv("first", "x", {64, 3, 3, 3}, true, 1);
  for (int block = 0; block < 50; ++block) {
    const std::string name = "b" + std::to_string(block);
    b.node("Relu", name + "r", {b.conv(name + "c1", stream, {64, 64, 3, 3}, true, 1)});
    stream =
        b.node("Add", name, {b.conv(name + "c2", name + "r", {64, 64, 3, 3}, true, 1), stream});
  }
  b.conv("y", stream, {2, 64, 1, 1}, true);
  const Network network = b.finish("y", {2, 2, 8, 8});
  const std::vector<Weight> weights = find_weights(network);
  const auto begin = std::chrono::steady_clock::now();
  const ChannelGroups groups = find_channel_groups(network, weights);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(groups.channels, 51 * 64);
  EXPECT_LT(took.count(), 5);  // a tenth of a second on a quiet machine, without sanitizers
}

}  // namespace
}  // namespace gcompress::graph

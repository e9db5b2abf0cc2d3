// Attributes whose meaning or place changed over the opsets.
#include <gmock/gmock.h>

#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/graph/operators/normalization.h"
#include "gcompress/core/graph/operators/recurrent.h"
#include "gcompress/core/graph/operators/reduction.h"
#include "gcompress/core/graph/operators/resize.h"
#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

using testing::ElementsAre;

// A look-up that knows one value.
ConstantLookup one(const std::string& name, const Tensor& value) {
  return
      [=, tensor = value](const std::string& wanted) { return wanted == name ? &tensor : nullptr; };
}

TEST(Opsets, SoftmaxFlattensBefore13) {
  const Node node = make_node("Softmax", "s", {"x"}, {"y"});
  EXPECT_EQ(softmax_attributes(node, 12).axis, 1);
  EXPECT_TRUE(softmax_attributes(node, 12).flattens);
  EXPECT_EQ(softmax_attributes(node, 13).axis, -1);
  EXPECT_FALSE(softmax_attributes(node, 13).flattens);
}

TEST(Opsets, ClipBoundsMoveToInputsAt11) {
  const Node old = make_node("Clip", "c", {"x"}, {"y"}, {make_attribute("max", 6.0F)});
  EXPECT_FALSE(clip_bounds(old, 6, {}).low.given);
  EXPECT_EQ(clip_bounds(old, 6, {}).high.value, 6);
  const Node recent = make_node("Clip", "c", {"x", "", "six"}, {"y"});
  const ClipBounds bounds = clip_bounds(recent, 11, one("six", Tensor::scalar(6.0F)));
  EXPECT_FALSE(bounds.low.given);
  EXPECT_EQ(bounds.high.value, 6);
  EXPECT_FALSE(clip_bounds(recent, 11, {}).high.known);
}

TEST(Opsets, AClipBoundOfSeveralNumbersIsRefused) {
  const Node node = make_node("Clip", "c", {"x", "low"}, {"y"});
  EXPECT_THROW(clip_bounds(node, 11, one("low", Tensor::from<float>({2}, {0, 1}))), Error);
}

TEST(Opsets, ReduceSumTakesAxesAsInputFrom13TheOthersFrom18) {
  const Node sum = make_node("ReduceSum", "r", {"x", "a"}, {"y"});
  const auto axes = one("a", Tensor::from<std::int64_t>({1}, {-1}));
  EXPECT_THAT(reduced_axes(sum, reduce_attributes(sum, 13, axes), 3), ElementsAre(2));
  const Node mean = make_node("ReduceMean", "r", {"x"}, {"y"}, {ints_attribute("axes", {2, 0})});
  EXPECT_THAT(reduced_axes(mean, reduce_attributes(mean, 17, {}), 3), ElementsAre(0, 2));
}

TEST(Opsets, ReducingNoAxesMeansAllUnlessItMeansNothing) {
  const Node all = make_node("ReduceSum", "r", {"x"}, {"y"});
  EXPECT_THAT(reduced_axes(all, reduce_attributes(all, 13, {}), 2), ElementsAre(0, 1));
  const Node none =
      make_node("ReduceSum", "r", {"x"}, {"y"}, {int_attribute("noop_with_empty_axes", 1)});
  EXPECT_THAT(reduced_axes(none, reduce_attributes(none, 13, {}), 2), ElementsAre());
}

TEST(Opsets, BatchNormTrainsByModeFrom14AndByOutputsBefore) {
  const Node plain = make_node("BatchNormalization", "b", {"x", "s", "b", "m", "v"}, {"y"});
  Node more = plain;
  more.outputs = {"y", "mean", "variance"};
  Node mode = plain;
  mode.attributes = {int_attribute("training_mode", 1)};
  EXPECT_FALSE(batch_norm_attributes(plain, 9).training);
  EXPECT_TRUE(batch_norm_attributes(more, 9).training);
  EXPECT_TRUE(batch_norm_attributes(mode, 14).training);
  EXPECT_FALSE(batch_norm_attributes(mode, 9).training);
}

TEST(Opsets, DropoutDropsOnlyIfTheFileAsksForIt) {
  const Node node = make_node("Dropout", "d", {"x", "", "training"}, {"y"});
  const Tensor yes(DataType::kBool, {}, Bytes::own(std::vector<std::uint8_t>{1}));
  EXPECT_TRUE(dropout_attributes(node, 13, one("training", yes)).training);
  EXPECT_FALSE(dropout_attributes(node, 13, {}).known);
  EXPECT_FALSE(dropout_attributes(make_node("Dropout", "d", {"x"}, {"y"}), 7, {}).training);
}

TEST(Opsets, TopKTakesKAsInputFrom10) {
  const Node old = make_node("TopK", "t", {"x"}, {"v", "i"}, {int_attribute("k", 3)});
  EXPECT_THAT(top_k_attributes(old, 9, {}).k.values, ElementsAre(3));
  const Node recent = make_node("TopK", "t", {"x", "k"}, {"v", "i"});
  EXPECT_THAT(top_k_attributes(recent, 11, one("k", Tensor::from<std::int64_t>({1}, {5}))).k.values,
              ElementsAre(5));
}

TEST(Opsets, ResizeTakesScalesOrSizes) {
  const Node scales = make_node("Resize", "r", {"x", "", "s"}, {"y"});
  const auto twice = one("s", Tensor::from<float>({4}, {1, 1, 2, 2}));
  EXPECT_EQ(resize_geometry(scales, resize_parameters(scales, 13, twice), {1, 3, 5, 7}).output,
            (Shape{1, 3, 10, 14}));
  const Node sizes = make_node("Resize", "r", {"x", "", "", "s"}, {"y"});
  const auto fixed = one("s", Tensor::from<std::int64_t>({4}, {1, 3, 8, 8}));
  EXPECT_EQ(resize_geometry(sizes, resize_parameters(sizes, 13, fixed), {1, 3, 5, 7}).output,
            (Shape{1, 3, 8, 8}));
  EXPECT_THROW(resize_parameters(make_node("Resize", "r", {"x"}, {"y"}), 13, {}), Error);
}

TEST(Opsets, ResizeRefusesImpossibleScales) {
  const Node node = make_node("Resize", "r", {"x", "", "s"}, {"y"});
  for (const float scale : {0.0F, -1.0F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    const auto scales = one("s", Tensor::from<float>({1}, {scale}));
    EXPECT_THROW(resize_geometry(node, resize_parameters(node, 13, scales), {8}), Error) << scale;
  }
}

TEST(Opsets, UpsampleIsAsymmetric) {
  const Node node = make_node("Upsample", "u", {"x"}, {"y"},
                              {make_attribute("scales", std::vector<float>{1, 1, 2, 2})});
  const ResizeParameters parameters = resize_parameters(node, 7, {});
  EXPECT_EQ(parameters.coordinates, "asymmetric");
  EXPECT_EQ(parameters.nearest_mode, "floor");
  EXPECT_EQ(resize_geometry(node, parameters, {1, 1, 2, 3}).output, (Shape{1, 1, 4, 6}));
}

TEST(Opsets, RecurrentActivationsAreSpelledOut) {
  const Node node = make_node("LSTM", "l", {"x", "w", "r"}, {"y"},
                              {make_attribute("direction", std::string("bidirectional"))});
  const RecurrentAttributes attributes = recurrent_attributes(node, 8);
  EXPECT_EQ(attributes.directions, 2);
  EXPECT_EQ(attributes.hidden_size, 8);
  EXPECT_THAT(attributes.activations,
              ElementsAre("Sigmoid", "Tanh", "Tanh", "Sigmoid", "Tanh", "Tanh"));
}

TEST(Opsets, AHiddenSizeUnlikeTheWeightsIsRefused) {
  const Node node =
      make_node("GRU", "g", {"x", "w", "r"}, {"y"}, {int_attribute("hidden_size", 4)});
  EXPECT_THROW(recurrent_attributes(node, 8), Error);
}

TEST(Opsets, GroupNormIsByGroupIn18AndByChannelSince21) {
  const Node node = make_node("GroupNormalization", "g", {"x", "s", "b"}, {"y"},
                              {int_attribute("num_groups", 4)});
  EXPECT_FALSE(group_norm_attributes(node, 18).per_channel);
  EXPECT_TRUE(group_norm_attributes(node, 21).per_channel);
}

}  // namespace
}  // namespace gcompress::graph

#include "gcompress/core/graph/operators/windows.h"

#include <gmock/gmock.h>

#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/graph/operators/pooling.h"
#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Node conv(std::vector<Attribute> attributes) {
  return make_node("Conv", "conv", {"x", "w"}, {"y"}, std::move(attributes));
}

TEST(Windows, DefaultsAreSpelledOut) {
  const ConvAttributes attributes = conv_attributes(conv({}), {3, 5});
  EXPECT_THAT(attributes.window.kernel, ElementsAre(3, 5));
  EXPECT_THAT(attributes.window.strides, ElementsAre(1, 1));
  EXPECT_THAT(attributes.window.dilations, ElementsAre(1, 1));
  EXPECT_THAT(attributes.window.pads, ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(attributes.group, 1);
}

TEST(Windows, SameUpperPutsTheOddElementAtTheEnd) {
  const Node node = conv(
      {make_attribute("auto_pad", std::string("SAME_UPPER")), ints_attribute("strides", {2, 2})});
  const Window window = conv_attributes(node, {3, 3}).window;
  EXPECT_THAT(resolve_pads(window, {224, 7}), ElementsAre(0, 1, 1, 1));
  EXPECT_EQ(window_output_size(node, window, 0, 224), 112);
  EXPECT_EQ(window_output_size(node, window, 1, 7), 4);
}

TEST(Windows, SameLowerPutsTheOddElementAtTheBeginning) {
  const Node node = conv({make_attribute("auto_pad", std::string("SAME_LOWER"))});
  EXPECT_THAT(resolve_pads(conv_attributes(node, {2}).window, {5}), ElementsAre(1, 0));
}

TEST(Windows, ValidIgnoresPads) {
  const Node node =
      conv({make_attribute("auto_pad", std::string("VALID")), ints_attribute("pads", {1, 1})});
  const Window window = conv_attributes(node, {3}).window;
  EXPECT_THAT(resolve_pads(window, {8}), ElementsAre(0, 0));
  EXPECT_EQ(window_output_size(node, window, 0, 8), 6);
}

TEST(Windows, DilationWidensTheKernel) {
  const Node node = conv({ints_attribute("dilations", {3})});
  EXPECT_EQ(window_output_size(node, conv_attributes(node, {3}).window, 0, 10), 4);
}

TEST(Windows, CeilModeLeavesOutWindowsInTheEndPadding) {
  const Node node = make_node("MaxPool", "pool", {"x"}, {"y"},
                              {ints_attribute("kernel_shape", {2}), ints_attribute("strides", {2}),
                               ints_attribute("pads", {1, 1}), int_attribute("ceil_mode", 1)});
  const Window window = pool_attributes(node).window;
  EXPECT_EQ(window_output_size(node, window, 0, 4), 3);
  EXPECT_EQ(window_output_size(node, window, 0, 5), 3);  // a fourth would see padding only
}

TEST(Windows, TransposedConvolutionGrows) {
  const Node node =
      make_node("ConvTranspose", "up", {"x", "w"}, {"y"},
                {ints_attribute("strides", {2, 2}), ints_attribute("pads", {1, 1, 1, 1}),
                 ints_attribute("output_padding", {1, 0})});
  const auto geometry =
      conv_transpose_geometry(node, conv_transpose_attributes(node, {3, 4}), {5, 5});
  EXPECT_THAT(geometry.output, ElementsAre(10, 10));
  EXPECT_THAT(geometry.pads, ElementsAre(1, 1, 1, 1));
}

TEST(Windows, TransposedConvolutionMeetsAStatedOutputShape) {
  const Node node =
      make_node("ConvTranspose", "up", {"x", "w"}, {"y"},
                {ints_attribute("strides", {2}), ints_attribute("output_shape", {10})});
  const auto geometry = conv_transpose_geometry(node, conv_transpose_attributes(node, {3}), {5});
  EXPECT_THAT(geometry.output, ElementsAre(10));
  EXPECT_THAT(geometry.pads, ElementsAre(1, 0));
}

void expect_error(const Node& node, const std::vector<std::int64_t>& kernel,
                  const std::string& words) {
  try {
    conv_attributes(node, kernel);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_EQ(error.place().node, "conv");
    EXPECT_THAT(error.what(), HasSubstr(words));
  }
}

TEST(Windows, ImpossibleAttributesAreNamed) {
  expect_error(conv({ints_attribute("strides", {0, 1})}), {3, 3}, "strides");
  expect_error(conv({ints_attribute("strides", {1})}), {3, 3}, "strides");
  expect_error(conv({ints_attribute("pads", {1, 1})}), {3, 3}, "pads");
  expect_error(conv({ints_attribute("dilations", {std::int64_t{1} << 40, 1})}), {3, 3},
               "dilations");
  expect_error(conv({ints_attribute("kernel_shape", {5, 5})}), {3, 3}, "kernel_shape");
  expect_error(conv({make_attribute("auto_pad", std::string("SAME"))}), {3}, "auto_pad 'SAME'");
  expect_error(conv({int_attribute("group", 0)}), {3}, "group");
}

TEST(Windows, AKernelLargerThanTheInputIsRefused) {
  const Node node = conv({});
  EXPECT_THROW(window_output_size(node, conv_attributes(node, {5}).window, 0, 4), Error);
}

TEST(Windows, PoolingWithoutKernelShapeIsRefused) {
  EXPECT_THROW(pool_attributes(make_node("MaxPool", "pool", {"x"}, {"y"})), Error);
}

}  // namespace
}  // namespace gcompress::graph

// Built-in networks: parameter counts from the literature, seeds, names.
#include "gcompress/core/networks/networks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "gcompress/core/graph/shapes.h"

namespace gcompress::networks {
namespace {

// Trainable ones: all floating initializers but running statistics and constants of Pad.
std::int64_t parameters(const graph::Network& network) {
  std::int64_t count = 0;
  for (const auto& initializer : network.graph.initializers) {
    const bool statistic = initializer.name.find(".running_") != std::string::npos;
    const bool constant = initializer.name.ends_with(".shortcut.value");
    if (is_floating(initializer.value.dtype()) && !statistic && !constant) {
      count += initializer.value.size();
    }
  }
  return count;
}

bool same_weights(const graph::Network& a, const graph::Network& b) {
  for (std::size_t i = 0; i < a.graph.initializers.size(); ++i) {
    if (!identical(a.graph.initializers[i].value, b.graph.initializers[i].value)) return false;
  }
  return a.graph.initializers.size() == b.graph.initializers.size();
}

TEST(Networks, ParameterCountsAreThoseOfTheLiterature) {
  EXPECT_EQ(parameters(lenet_300_100(0)), 266610);
  EXPECT_EQ(parameters(lenet_5(0)), 430500 + 20 + 50 + 500 + 10);
  EXPECT_EQ(parameters(resnet_cifar(20, 0)), 269722);
  EXPECT_EQ(parameters(resnet_cifar(32, 0)), 464154);
  EXPECT_EQ(parameters(resnet_cifar(44, 0)), 658586);
  EXPECT_EQ(parameters(resnet_cifar(56, 0)), 853018);
  EXPECT_EQ(parameters(resnet_cifar(110, 0)), 1727962);
  EXPECT_EQ(parameters(mobilenet_v1(1000, 1, 0)), 4231976);
  EXPECT_EQ(parameters(mlp(13, {64, 32}, 3, 0)), 13 * 64 + 64 + 64 * 32 + 32 + 32 * 3 + 3);
}

TEST(Networks, LifeHasTheParametersOfThePaper) {
  EXPECT_EQ(parameters(life({.steps = 1, .overcompleteness = 1}, 0)), 23 * 1 + 2);
  EXPECT_EQ(parameters(life({.steps = 5, .overcompleteness = 1}, 0)), 23 * 5 + 2);
  EXPECT_EQ(parameters(life({.steps = 1, .overcompleteness = 7}, 0)), 253);
  EXPECT_EQ(parameters(life({.steps = 2, .overcompleteness = 4}, 0)), 453);
  EXPECT_EQ(parameters(life({.steps = 2, .overcompleteness = 4, .torus = false}, 0)), 453);
}

TEST(Networks, EveryValueIsMadeOnceBeforeItIsRead) {
  for (const auto& [name, about] : list()) {
    const Shape input = name == "mlp" ? Shape{7} : Shape{};
    const graph::Network network = by_name(name, input, 0, 1);
    std::set<std::string> known;
    for (const auto& value : network.graph.inputs) known.insert(value.name);
    for (const auto& value : network.graph.initializers) {
      EXPECT_TRUE(known.insert(value.name).second) << name << ": " << value.name;
    }
    std::set<std::string> nodes;
    for (const auto& node : network.graph.nodes) {
      EXPECT_TRUE(nodes.insert(node.name).second) << name << ": " << node.name;
      for (const auto& value : node.inputs) EXPECT_TRUE(known.contains(value)) << name << value;
      for (const auto& value : node.outputs) EXPECT_TRUE(known.insert(value).second) << value;
    }
    EXPECT_TRUE(known.contains(network.graph.outputs.front().name)) << name;
  }
}

TEST(Networks, TheSameSeedGivesTheSameWeightsAndAnotherSeedOthers) {
  EXPECT_TRUE(same_weights(lenet_300_100(5), lenet_300_100(5)));
  EXPECT_FALSE(same_weights(lenet_300_100(5), lenet_300_100(6)));
}

TEST(Networks, WeightsBeforeReluHaveHesVariance) {
  const graph::Network network = lenet_300_100(3);
  double squares = 0;
  const auto weights = network.graph.initializer("fc1.weight")->value.as<float>();
  for (const float weight : weights) squares += static_cast<double>(weight) * weight;
  // 235,200 normal samples: the variance is estimated to 0.3%; five times that is allowed.
  EXPECT_NEAR(squares / static_cast<double>(weights.size()) * 784 / 2, 1, 0.015);
}

TEST(Networks, TorusLifeNeedsTheOpsetThatHasWrap) {
  const graph::Network torus = life({}, 0);
  EXPECT_EQ(torus.opset_imports.front().version, 19);
  EXPECT_EQ(torus.ir_version, 9);
  const graph::Network dead = life({.torus = false}, 0);
  EXPECT_EQ(dead.opset_imports.front().version, 17);
  EXPECT_EQ(dead.ir_version, 8);
}

void expect_usage_error(const std::string& name, const Shape& input, const std::string& part) {
  try {
    by_name(name, input, 10, 0);
    FAIL() << name << " was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Networks, ByNameReadsOptionsAndTheDatasShape) {
  EXPECT_EQ(parameters(by_name("life:n=2,m=4,border=dead", {1, 8, 8}, 0, 0)), 453);
  EXPECT_EQ(parameters(by_name("mlp:hidden=5x6", {1, 2, 2}, 3, 0)), 4 * 5 + 5 + 36 + 21);
  EXPECT_EQ(parameters(by_name("resnet-20", {3, 32, 32}, 100, 0)), 269722 + 90 * 65);
}

TEST(Networks, WidthAndDepthMakeThemSmaller) {
  EXPECT_EQ(parameters(by_name("lenet-5:width=0.5", {1, 28, 28}, 10, 0)),
            10 * 25 + 10 + 25 * 250 + 25 + 250 * 400 + 250 + 10 * 250 + 10);
  EXPECT_EQ(parameters(by_name("lenet-300-100:width=0.1", {1, 28, 28}, 10, 0)),
            784 * 30 + 30 + 300 + 10 + 100 + 10);
  EXPECT_EQ(parameters(by_name("mlp:hidden=8x4,width=0.5", {4}, 3, 0)), 4 * 4 + 4 + 8 + 2 + 6 + 3);
  // One block in each of three groups, 8, 16 and 32 channels; two batch-norm numbers a channel.
  const std::int64_t convolutions = 8 * 27 + 9 * (2 * 64 + 128 + 256 + 512 + 1024);
  const std::int64_t norms = 2 * (3 * 8 + 2 * 16 + 2 * 32);
  EXPECT_EQ(parameters(by_name("resnet-44:width=0.5,depth=0.14", {3, 32, 32}, 10, 0)),
            convolutions + norms + 330);
  for (const char* name : {"resnet-20:width=0.3", "resnet-20:width=0.01", "lenet-5:width=0.01"}) {
    const graph::Network network = by_name(name, {}, 10, 0);
    const auto shapes = graph::infer_shapes(network, graph::concrete_input_shapes(network, 2, 1))
                            .at("logits")
                            .shape;
    ASSERT_TRUE(shapes.has_value()) << name;
    EXPECT_EQ(shapes->back().size, 10) << name;
  }
}

TEST(Networks, WrongNamesOptionsAndShapesAreUsageErrors) {
  expect_usage_error("lenet", {}, "lenet-300-100");
  expect_usage_error("lenet-5:widht=2", {}, "no option widht");
  expect_usage_error("lenet-5", {3, 32, 32}, "[3, 32, 32]");
  expect_usage_error("lenet-5", {3, 32, 32}, "[1, 28, 28]");
  expect_usage_error("life:n=0", {}, "n is \"0\"");
  expect_usage_error("life:n", {}, "\"n\"");
  expect_usage_error("mlp:hidden=64xx64", {4}, "64xx64");
  expect_usage_error("mlp", {}, "shape");
  expect_usage_error("mobilenet-v1:width=nan", {}, "nan");
  EXPECT_THROW(resnet_cifar(21, 0), Error);
}

}  // namespace
}  // namespace gcompress::networks

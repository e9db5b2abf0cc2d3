// Biases, rounding, and which layers to leave float.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/base/random.h"
#include "gcompress/core/graph/constants.h"
#include "gcompress/quantize/bias_correction.h"
#include "gcompress/quantize/rounding.h"
#include "gcompress/quantize/sensitivity.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"

namespace gcompress::quantize {
namespace {

using ::testing::ElementsAre;
using testing::naive_factory;
using testing::naive_outputs;
using testing::NetworkBuilder;
using testing::normal_samples;

// Inputs that are all positive, so that rounding shifts the means; no bias of its own.
graph::Network shifted_layer() {
  NetworkBuilder b({-1, 2, 4, 4}, 3);
  b.conv("c", b.node("Relu", "r", {"x"}), {3, 2, 3, 3}, false, 1);
  return b.finish("c", {-1, 3, 4, 4});
}

// The mean of each of three channels.
std::vector<double> means_of(const std::vector<float>& values) {
  std::vector<double> means(3, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    means[i / 16 % 3] += 3.0 * values[i] / static_cast<double>(values.size());
  }
  return means;
}

TEST(BiasCorrection, GivesChannelsTheirMeansBack) {
  const graph::Network network = shifted_layer();
  const data::Dataset data = normal_samples(40, {2, 4, 4});
  const execute::ExecutorFactory make = naive_factory();
  const CalibrateOptions calibrate;
  const RunContext context;
  Ranges ranges =
      ranges_of(observe(network, make, data, calibrate, context), calibrator("min-max"));
  ranges.at("r").high *= 0.4F;  // much is cut off
  const Adjustments corrected =
      with_corrected_biases(network, {}, ranges, {}, {make, data, calibrate, context});
  const auto error = [&](const Adjustments& adjustments) {
    const graph::Network result = quantize(adjusted(network, adjustments, {}), ranges, {}).network;
    const std::vector<double> before = means_of(naive_outputs(network, data));
    const std::vector<double> after = means_of(naive_outputs(result, data));
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i) sum += std::abs(after[i] - before[i]);
    return sum;
  };
  EXPECT_LT(error(corrected), 0.1 * error({}));
}

TEST(Adjusted, ALayerThatIsKeptFloatKeepsItsConstants) {
  const graph::Network network = shifted_layer();
  Adjustments adjustments;
  adjustments["c"].bias_added = {1, 2, 3};
  EXPECT_EQ(adjusted(network, adjustments, {{"c", "kept"}}).graph.nodes[1].inputs.size(), 2U);
  const graph::Network result = adjusted(network, adjustments, {});
  ASSERT_EQ(result.graph.nodes[1].inputs.size(), 3U);
  EXPECT_THAT(to_float32(result.graph.initializer(result.graph.nodes[1].inputs[2])->value),
              ElementsAre(1, 2, 3));
}

Eigen::MatrixXd correlated_moments(Eigen::Index features) {
  RandomStream random(7, "moments");
  Eigen::MatrixXd x(features, 3 * features);
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    const double common = random.normal();
    for (Eigen::Index i = 0; i < features; ++i) x(i, j) = common + 0.5 * random.normal();
  }
  return x * x.transpose() / static_cast<double>(x.cols());
}

double loss(const Eigen::VectorXd& scaled, const std::vector<int>& integers,
            const Eigen::MatrixXd& moments) {
  Eigen::VectorXd error(scaled.size());
  for (Eigen::Index i = 0; i < scaled.size(); ++i) {
    error(i) = integers[static_cast<std::size_t>(i)] - scaled(i);
  }
  return error.dot(moments * error);
}

TEST(LearnedRounding, IsNearTheBestOfAllRoundings) {
  constexpr Eigen::Index kFeatures = 10;
  const Eigen::MatrixXd moments = correlated_moments(kFeatures);
  RandomStream random(8, "weights");
  double learned = 0;
  double nearest = 0;
  double best_of_all = 0;
  for (int trial = 0; trial < 20; ++trial) {
    Eigen::VectorXd scaled(kFeatures);
    std::vector<int> rounded(kFeatures);
    for (Eigen::Index i = 0; i < kFeatures; ++i) {
      scaled(i) = 20 * random.normal();
      rounded[static_cast<std::size_t>(i)] = static_cast<int>(std::nearbyint(scaled(i)));
    }
    double best = loss(scaled, rounded, moments);
    nearest += best;
    for (unsigned choice = 0; choice < (1U << kFeatures); ++choice) {
      std::vector<int> integers(kFeatures);
      for (std::size_t i = 0; i < kFeatures; ++i) {
        integers[i] = static_cast<int>(std::floor(scaled(static_cast<Eigen::Index>(i)))) +
                      static_cast<int>(choice >> i & 1U);
      }
      best = std::min(best, loss(scaled, integers, moments));
    }
    best_of_all += best;
    learned += loss(scaled, rounded_for(scaled, moments, 127), moments);
  }
  EXPECT_LT(learned, 0.5 * nearest);
  EXPECT_LT(learned - best_of_all, 0.2 * (nearest - best_of_all));
}

TEST(LearnedRounding, ZerosAndTheLargestStayWhereTheyAre) {
  const Eigen::MatrixXd moments = correlated_moments(6);
  Eigen::VectorXd scaled(6);
  scaled << 0, 127, 3.4, 0, -126.9, 0.5;
  const std::vector<int> integers = rounded_for(scaled, moments, 127);
  EXPECT_EQ(integers[0], 0);
  EXPECT_EQ(integers[1], 127);
  EXPECT_EQ(integers[3], 0);
  EXPECT_EQ(integers[4], -127);
}

// Its weights lie on the scale of their integers, so quantizing finds the same integers again.
TEST(LearnedRounding, QuantizingKeepsWhatWasLearned) {
  NetworkBuilder b({-1, 6}, 5);
  b.gemm("g", "x", 6, 4, false);
  graph::Network network = b.finish("g", {-1, 4});
  const data::Dataset data = normal_samples(30, {6});
  const execute::ExecutorFactory make = naive_factory();
  const Ranges ranges = ranges_of(observe(network, make, data, {}, {}), calibrator("min-max"));
  const Eigen::MatrixXd moments = correlated_moments(6);
  const MomentSource source = [&](const graph::Network&, const auto& visit) {
    visit({.output = "g", .rows = 4, .features = 6, .features_first = true, .each = {moments}});
  };
  const Adjustments adjustments = with_learned_rounding(network, {}, ranges, {}, source, {});
  const graph::Network learned = quantize(adjusted(network, adjustments, {}), ranges, {}).network;
  const graph::Network nearest = quantize(network, ranges, {}).network;
  const auto integers = [](const graph::Network& of) {
    for (const graph::Initializer& each : of.graph.initializers) {
      if (each.value.dtype() == DataType::kInt8 && each.value.rank() == 2) return each.value;
    }
    return Tensor();
  };
  const auto scales = [](const graph::Network& of) {
    for (const graph::Initializer& each : of.graph.initializers) {
      if (each.name.ends_with(".scale") && each.value.rank() == 1) return to_float32(each.value);
    }
    return std::vector<float>();
  };
  const std::vector<float> weights = to_float32(adjustments.at("g").weight);
  const std::vector<float> scale = scales(nearest);
  ASSERT_EQ(scale.size(), 4U);
  bool differs = false;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const int integer = integers(learned).as<std::int8_t>()[i];
    EXPECT_NEAR(integer * scale[i % 4], weights[i], 1e-5);
    const int before = integers(nearest).as<std::int8_t>()[i];
    EXPECT_LE(std::abs(integer - before), 1);
    differs = differs || integer != before;
  }
  EXPECT_TRUE(differs);
}

TEST(FewestFloat, FindsTheSmallestNumberThatIsGoodEnough) {
  for (std::size_t layers = 2; layers < 40; ++layers) {
    for (std::size_t wanted = 1; wanted < layers; ++wanted) {
      EXPECT_EQ(fewest_float(layers, [&](std::size_t few) { return few >= wanted; }), wanted);
    }
    EXPECT_EQ(fewest_float(layers, [](std::size_t) { return false; }), std::nullopt);
  }
  EXPECT_EQ(fewest_float(1, [](std::size_t) { return true; }), std::nullopt);
}

TEST(LayerLosses, TheLayerThatCannotBeRoundedComesFirst) {
  NetworkBuilder b({-1, 4}, 9);
  b.node("Relu", "r", {b.gemm("g", "x", 4, 6)});
  b.node("Relu", "s", {b.gemm("h", "r", 6, 6)});
  b.gemm("k", "s", 6, 3);
  const graph::Network network = b.finish("k", {-1, 3});
  const data::Dataset data = normal_samples(40, {4});
  const execute::ExecutorFactory make = naive_factory();
  const RunContext context;
  const execute::Task task;
  Ranges ranges = ranges_of(observe(network, make, data, {}, context), calibrator("min-max"));
  ranges.at("r").high *= 20;  // few levels are left for what "h" reads
  const Judge judge(network, make, data, task, {}, context);
  const std::vector<LayerLoss> losses = layer_losses(
      network,
      [&](const KeepFloat& keep) { return quantize(network, ranges, {.keep_float = keep}); },
      graph::infer_shapes(network), judge, -1, context);
  ASSERT_EQ(losses.size(), 3U);
  EXPECT_EQ(losses[0].node, "h");
  EXPECT_GT(losses[0].distance, 4 * losses[1].distance);
}

}  // namespace
}  // namespace gcompress::quantize

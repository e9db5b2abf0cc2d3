#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gcompress/core/base/random.h"
#include "gcompress/prune/criterion.h"
#include "tests/prune/layers.h"

namespace gcompress::prune {
namespace {

using testing::make_layer;
using testing::random_values;

std::vector<float> scores(const ScoreFunction& score, const graph::Weight& weight,
                          std::int64_t begin, std::int64_t count) {
  std::vector<float> out(static_cast<std::size_t>(count));
  score(weight, weight.value, begin, out);
  return out;
}

TEST(Criteria, AnUnknownNameIsAnErrorThatListsTheNames) {
  try {
    criterion("magnetude");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    for (const CriterionRow& row : criteria()) {
      EXPECT_NE(error.remedy().find(row.name), std::string::npos) << error.remedy();
    }
  }
}

TEST(Criteria, AnyPieceScoresAsInTheWhole) {
  const graph::Weight layer = make_layer("w", {7, 5, 3}, random_values(105, 1), 0);
  ScoreInputs inputs;
  inputs.output_factors[layer.id] = random_values(7, 2);
  inputs.second_moments[layer.id] = Tensor::from<float>({7, 5, 3}, random_values(105, 3));
  inputs.gradients[layer.id] = Tensor::from<float>({7, 5, 3}, random_values(105, 4));
  inputs.gradient_magnitudes[layer.id] = Tensor::from<float>({7, 5, 3}, random_values(105, 5));
  inputs.squared_gradients[layer.id] = Tensor::from<float>({7, 5, 3}, random_values(105, 6));
  inputs.input_norms[layer.id] = random_values(15, 7);
  for (const CriterionRow& row : criteria()) {
    const ScoreFunction score = row.make(inputs);
    const auto whole = scores(score, layer, 0, 105);
    for (const std::int64_t begin : {1, 14, 15, 44, 104}) {
      const auto piece = scores(score, layer, begin, 105 - begin);
      for (std::size_t i = 0; i < piece.size(); ++i) {
        EXPECT_EQ(piece[i], whole[i + static_cast<std::size_t>(begin)]) << row.name;
      }
    }
  }
}

TEST(Magnitude, SquaresAddUpToOneInEachOutputChannel) {
  const std::int64_t inner[] = {30, 6, 1};
  const std::int64_t channels[] = {4, 5, 6};
  for (const int axis : {0, 1, 2}) {
    const graph::Weight layer = make_layer("w", {4, 5, 6}, random_values(120, 1), axis);
    const auto found = scores(criterion("magnitude").make({}), layer, 0, 120);
    const auto values = layer.value.as<float>();
    const auto count = static_cast<std::size_t>(channels[axis]);
    std::vector<double> shares(count);
    std::vector<double> ratios(count);  // score / |w|: one number in a channel
    for (std::size_t i = 0; i < 120; ++i) {
      const std::size_t channel = i / static_cast<std::size_t>(inner[axis]) % count;
      shares[channel] += double{found[i]} * found[i];
      const double ratio = found[i] / std::fabs(values[i]);
      if (ratios[channel] == 0) ratios[channel] = ratio;
      EXPECT_NEAR(ratio, ratios[channel], 1e-6 * ratio);
    }
    for (const double share : shares) EXPECT_NEAR(share, 1, 1e-5);  // rounding of 30 floats
  }
}

TEST(Magnitude, DoesNotSeeTheScaleOfAChannel) {
  const graph::Weight layer = make_layer("w", {6, 20}, random_values(120, 4), 0);
  std::vector<float> scaled(layer.value.as<float>().begin(), layer.value.as<float>().end());
  for (std::size_t i = 0; i < 120; ++i) scaled[i] *= std::exp2(static_cast<float>(i / 20) * 5 - 9);
  const graph::Weight other = make_layer("w", {6, 20}, scaled, 0);
  EXPECT_EQ(scores(criterion("magnitude").make({}), layer, 0, 120),
            scores(criterion("magnitude").make({}), other, 0, 120));  // powers of 2: exact
}

TEST(Magnitude, TakesRowsWhereThereIsNoChannelAxis) {
  const graph::Weight layer = make_layer("w", {2, 3, 4}, random_values(24, 4), -1);
  const auto found = scores(criterion("magnitude").make({}), layer, 0, 24);
  for (std::size_t row = 0; row < 6; ++row) {
    double share = 0;
    for (std::size_t i = 4 * row; i < 4 * row + 4; ++i) share += double{found[i]} * found[i];
    EXPECT_NEAR(share, 1, 1e-6);
  }
}

TEST(Magnitude, AChannelOfZerosScoresZero) {
  const graph::Weight layer = make_layer("w", {2, 3}, {0, 0, 0, 1, 2, 2}, 0);
  const auto found = scores(criterion("magnitude").make({}), layer, 0, 6);
  EXPECT_EQ(found[1], 0);
  EXPECT_FLOAT_EQ(found[3], 1.0F / 3);
}

TEST(FoldedMagnitude, IsAbsoluteValueTimesTheFactorOfItsOutputChannel) {
  for (const int axis : {0, 1, 2}) {
    const graph::Weight layer = make_layer("w", {4, 5, 6}, random_values(120, 1), axis);
    ScoreInputs inputs;
    const std::size_t channels[] = {4, 5, 6};
    const std::size_t inner[] = {30, 6, 1};
    const auto at = static_cast<std::size_t>(axis);
    const auto factors = random_values(static_cast<std::int64_t>(channels[at]), 2);
    inputs.output_factors[layer.id] = factors;
    const auto found = scores(criterion("folded-magnitude").make(inputs), layer, 0, 120);
    const auto values = layer.value.as<float>();
    for (std::size_t i = 0; i < 120; ++i) {
      const float factor = std::fabs(factors[i / inner[at] % channels[at]]);
      EXPECT_EQ(found[i], std::fabs(values[i]) * factor);
    }
  }
}

TEST(RawMagnitude, ReadsHalfPrecision) {
  graph::Weight layer = make_layer("w", {40}, random_values(40, 1), -1);
  layer.value = from_float32(DataType::kFloat16, {40}, layer.value.as<float>());
  const auto found = scores(criterion("raw-magnitude").make({}), layer, 10, 30);
  const auto values = to_float32(layer.value);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(found[i], std::fabs(values[i + 10]));
}

TEST(Curvature, OrdersLikeWeightSquaredTimesMoment) {
  const graph::Weight layer = make_layer("w", {50}, random_values(50, 1), -1);
  std::vector<float> moments = random_values(50, 2);
  for (float& moment : moments) moment = moment * moment * 1e-30F;  // w^2 v would underflow
  ScoreInputs inputs;
  inputs.second_moments[layer.id] = Tensor::from<float>({50}, moments);
  const auto found = scores(criterion("curvature").make(inputs), layer, 0, 50);
  const auto values = layer.value.as<float>();
  for (std::size_t i = 0; i < 50; ++i) {
    const double exact = double{values[i]} * values[i] * moments[i];
    EXPECT_NEAR(found[i], std::sqrt(exact), 1e-6 * std::sqrt(exact));
  }
}

TEST(Curvature, WithoutMomentsSaysWhatToDo) {
  const graph::Weight layer = make_layer("w", {5}, random_values(5, 1), -1);
  const ScoreFunction score = criterion("curvature").make({});
  EXPECT_THROW(scores(score, layer, 0, 5), Error);
}

TEST(Random, DependsOnSeedAndWeightOnly) {
  const graph::Weight a = make_layer("a", {3000}, random_values(3000, 1), -1);
  const graph::Weight b = make_layer("b", {3000}, random_values(3000, 1), -1);
  ScoreInputs inputs;
  inputs.seed = 5;
  const auto first = scores(criterion("random").make(inputs), a, 0, 3000);
  EXPECT_EQ(first, scores(criterion("random").make(inputs), a, 0, 3000));
  EXPECT_NE(first, scores(criterion("random").make(inputs), b, 0, 3000));
  inputs.seed = 6;
  EXPECT_NE(first, scores(criterion("random").make(inputs), a, 0, 3000));
}

TEST(GradientCriteria, AreTheirEquations) {
  const graph::Weight layer = make_layer("w", {3}, {2.0F, -3.0F, 0.5F}, -1);
  ScoreInputs inputs;
  inputs.gradients[layer.id] = Tensor::from<float>({3}, {0.1F, -0.2F, 4.0F});
  inputs.gradient_magnitudes[layer.id] = Tensor::from<float>({3}, {0.3F, 0.2F, 4.0F});
  inputs.squared_gradients[layer.id] = Tensor::from<float>({3}, {0.04F, 0.09F, 16.0F});
  const auto scored = [&](const std::string& name) {
    return scores(criterion(name).make(inputs), layer, 0, 3);
  };
  const std::vector<float> snip = {0.2F, 0.6F, 2.0F};
  const std::vector<float> taylor = {0.6F, 0.6F, 2.0F};
  const std::vector<float> fisher = {0.4F, 0.9F, 2.0F};  // roots of w^2 F
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FLOAT_EQ(scored("snip")[i], snip[i]);
    EXPECT_FLOAT_EQ(scored("taylor")[i], taylor[i]);
    EXPECT_FLOAT_EQ(scored("fisher")[i], fisher[i]);
  }
}

TEST(GradientCriteria, AWeightWithoutAGradientIsAnError) {
  const graph::Weight layer = make_layer("w", {3}, {2.0F, -3.0F, 0.5F}, -1);
  EXPECT_THROW(scores(criterion("snip").make({}), layer, 0, 3), Error);
}

TEST(Movement, WeightsThatWentAwayFromZeroScoreMore) {
  graph::Weight layer = make_layer("w", {3}, {1.0F, -1.0F, 0.1F}, -1);
  std::vector<float> out(3);
  const Tensor present = Tensor::from<float>({3}, {0.5F, -2.0F, 0.1F});
  criterion("movement").make({})(layer, present, 0, out);
  EXPECT_FLOAT_EQ(out[0], -0.375F);
  EXPECT_FLOAT_EQ(out[1], 1.5F);
  EXPECT_FLOAT_EQ(out[2], 0.0F);
}

}  // namespace
}  // namespace gcompress::prune

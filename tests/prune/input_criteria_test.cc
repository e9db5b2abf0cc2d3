// Criteria that look at layers' inputs: wanda, obs.
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/prune/criterion.h"
#include "tests/prune/layers.h"

namespace gcompress::prune {
namespace {

using testing::make_layer;
using testing::random_values;

std::vector<float> scores(const std::string& name, const ScoreInputs& inputs,
                          const graph::Weight& weight) {
  std::vector<float> out(static_cast<std::size_t>(weight.size()));
  criterion(name).make(inputs)(weight, weight.value, 0, out);
  return out;
}

TEST(Wanda, RanksARowByMagnitudeTimesInput) {
  const graph::Weight rows_first = make_layer("w", {1, 3}, {1, -2, 3}, 0);
  ScoreInputs inputs;
  inputs.input_norms[rows_first.id] = {4, 1.5F, 0.5F};  // products 4, 3, 1.5
  const std::vector<float> found = scores("wanda", inputs, rows_first);
  const float norm = std::sqrt(16 + 9 + 2.25F);
  EXPECT_NEAR(found[0], 4 / norm, 1e-6);
  EXPECT_NEAR(found[1], 3 / norm, 1e-6);
  EXPECT_NEAR(found[2], 1.5 / norm, 1e-6);
}

TEST(Wanda, AMatrixStoredTheOtherWayScoresTheSame) {
  const graph::Weight rows_first = make_layer("w", {2, 3}, {1, 2, 3, 4, 5, 6}, 0);
  const graph::Weight features_first = make_layer("w", {3, 2}, {1, 4, 2, 5, 3, 6}, 1);
  ScoreInputs inputs;
  inputs.input_norms[rows_first.id] = {0.5F, 2, 1};
  const std::vector<float> a = scores("wanda", inputs, rows_first);
  const std::vector<float> b = scores("wanda", inputs, features_first);
  for (std::size_t row = 0; row < 2; ++row) {
    for (std::size_t feature = 0; feature < 3; ++feature) {
      EXPECT_EQ(a[row * 3 + feature], b[feature * 2 + row]);
    }
  }
}

TEST(Wanda, GroupsSeeTheirOwnInputs) {
  const graph::Weight layer = make_layer("w", {2, 1, 2}, {1, 1, 1, 1}, 0);
  ScoreInputs inputs;
  inputs.input_norms[layer.id] = {3, 4, 4, 3};  // two groups of one row
  const std::vector<float> found = scores("wanda", inputs, layer);
  EXPECT_NEAR(found[0], 0.6, 1e-6);
  EXPECT_NEAR(found[1], 0.8, 1e-6);
  EXPECT_NEAR(found[2], 0.8, 1e-6);
  EXPECT_NEAR(found[3], 0.6, 1e-6);
}

TEST(Wanda, WithoutInputsItIsMagnitude) {
  const graph::Weight layer = make_layer("w", {4, 5}, random_values(20, 1), 0);
  const std::vector<float> magnitude = scores("magnitude", {}, layer);
  const std::vector<float> wanda = scores("wanda", {}, layer);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_NEAR(wanda[i], magnitude[i], 1e-6);
}

TEST(ObsCriterion, TakesTheCostsAndElseTheShareOfPower) {
  const graph::Weight layer = make_layer("w", {2, 2}, {3, 4, 1, 0}, 0);
  ScoreInputs inputs;
  inputs.removal_costs[layer.id] = {0.1F, 0.2F, 0.3F, 0.4F};
  EXPECT_EQ(scores("obs", inputs, layer), inputs.removal_costs[layer.id]);
  const std::vector<float> shares = scores("obs", {}, layer);
  EXPECT_NEAR(shares[0], 0.36, 1e-6);
  EXPECT_NEAR(shares[1], 0.64, 1e-6);
  EXPECT_NEAR(shares[2], 1, 1e-6);
  EXPECT_EQ(shares[3], 0);
  EXPECT_TRUE(criterion("obs").scores_add_up);
}

}  // namespace
}  // namespace gcompress::prune

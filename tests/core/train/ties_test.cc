// Shared values in training: what they move by, and that they stay shared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>

#include "gcompress/core/train/fit.h"
#include "tests/core/train/toy.h"
#include "tests/support/scratch.h"

namespace gcompress::train {
namespace {

using gcompress::testing::Scratch;
using gcompress::testing::thrown_by;
using testing::classification;
using testing::context;
using ::testing::HasSubstr;
using testing::points;
using testing::same_weights;

constexpr std::int32_t kClusters = 5;

// A network whose prunable weights take kClusters values each, and which elements share them.
// Every seventh element is free.
struct Tied {
  graph::Network network;
  Ties ties;
};

Tied tied_network() {
  Tied result;
  std::map<graph::WeightId, Tensor> values;
  for (const graph::Weight& weight : graph::find_weights(testing::network())) {
    if (!weight.prunable) continue;
    std::vector<float> shared = to_float32(weight.value);
    std::vector<std::int32_t> clusters(shared.size(), -1);
    for (std::size_t i = 0; i < shared.size(); ++i) {
      if (i % 7 == 6) continue;
      clusters[i] = 3 + static_cast<std::int32_t>(i * i % kClusters);
      shared[i] = 0.1F * static_cast<float>(clusters[i] - 5);
    }
    values[weight.id] = Tensor::from<float>(weight.value.shape(), std::move(shared));
    result.ties[weight.id] = Tensor::from<std::int32_t>(weight.value.shape(), std::move(clusters));
  }
  result.network = graph::with_weights(testing::network(), values);
  return result;
}

FitResult fit_with(const Tied& tied, FitOptions options, const graph::Masks& masks = {}) {
  options.ties = tied.ties;
  return fit(tied.network, points(300, 1), points(100, 2), classification(), options, {}, masks, {},
             context());
}

std::map<graph::WeightId, std::vector<float>> values_of(const graph::Network& network) {
  std::map<graph::WeightId, std::vector<float>> values;
  for (const graph::Weight& weight : graph::find_weights(network)) {
    values[weight.id] = to_float32(weight.value);
  }
  return values;
}

void expect_shared(const graph::Network& network, const Ties& ties) {
  const auto values = values_of(network);
  for (const auto& [id, tie] : ties) {
    std::map<std::int32_t, float> of_cluster;
    const auto clusters = tie.as<std::int32_t>();
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      if (clusters[i] < 0) continue;
      const float first = of_cluster.try_emplace(clusters[i], values.at(id)[i]).first->second;
      ASSERT_EQ(values.at(id)[i], first) << to_string(id) << " " << i;
    }
  }
}

// Gradients from a step of plain SGD without ties: g = (before - after) / rate.
TEST(Ties, AValueMovesByTheSumOfItsMembersGradients) {
  FitOptions options = testing::options();
  options.optimizer = OptimizerKind::kSgd;
  options.momentum = 0;
  options.learning_rate = 0.5;
  options.max_steps = 1;
  options.restore_best = false;
  options.schedule = ScheduleKind::kConstant;
  const Tied tied = tied_network();
  const auto before = values_of(tied.network);
  const auto free = values_of(fit_with({tied.network, {}}, options).network);
  const auto moved = values_of(fit_with(tied, options).network);
  for (const auto& [id, tie] : tied.ties) {
    const auto clusters = tie.as<std::int32_t>();
    std::map<std::int32_t, double> sums;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      sums[clusters[i]] += static_cast<double>(before.at(id)[i]) - free.at(id)[i];
    }
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      const double expected =
          clusters[i] < 0 ? free.at(id)[i] : before.at(id)[i] - sums[clusters[i]];
      // Differences of floats near 0.2, summed over up to 30 members.
      EXPECT_NEAR(moved.at(id)[i], expected, 1e-6) << to_string(id) << " " << i;
    }
  }
}

TEST(Ties, MembersStayEqualWithEveryWayOfMoving) {
  const Tied tied = tied_network();
  for (const OptimizerKind kind : {OptimizerKind::kSgd, OptimizerKind::kAdamW}) {
    FitOptions options = testing::options();
    options.optimizer = kind;
    options.weight_decay = 0.01;
    options.clip_gradient = 1;
    options.l1 = 1e-4;
    options.average = 0.9;
    options.sharpness = 0.05;
    const FitResult result = fit_with(tied, options);
    expect_shared(result.network, tied.ties);
    EXPECT_FALSE(same_weights(result.network, tied.network));
  }
}

TEST(Ties, MaskedElementsStayZero) {
  Tied tied = tied_network();
  const graph::Masks masks = testing::thin_masks(tied.network);
  tied.network = graph::apply_masks(tied.network, masks);
  for (auto& [id, tie] : tied.ties) {
    const auto clusters = tie.as<std::int32_t>();
    std::vector<std::int32_t> kept(clusters.begin(), clusters.end());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!masks.at(id).test(static_cast<std::int64_t>(i))) kept[i] = -1;
    }
    tie = Tensor::from<std::int32_t>(tie.shape(), std::move(kept));
  }
  const FitResult result = fit_with(tied, testing::options(), masks);
  expect_shared(result.network, tied.ties);
  EXPECT_TRUE(same_weights(result.network, graph::apply_masks(result.network, masks)));
}

TEST(Ties, SameSeedGivesTheSameBitsAlsoWhenResumed) {
  const Tied tied = tied_network();
  FitOptions options = testing::options();
  const FitResult whole = fit_with(tied, options);
  EXPECT_TRUE(same_weights(whole.network, fit_with(tied, options).network));

  const Scratch scratch;
  options.checkpoint_folder = scratch.path();
  options.ties = tied.ties;
  std::atomic<bool> cancel = false;
  RunContext run = context();
  run.cancel = &cancel;
  FitHooks hooks;
  hooks.on_epoch = [&](const EpochResult& epoch) { cancel = epoch.epoch == 1; };
  const auto go = [&](const FitHooks& with) {
    return fit(tied.network, points(300, 1), points(100, 2), classification(), options, with, {},
               {}, run);
  };
  EXPECT_THROW(go(hooks), Error);
  cancel = false;
  options.resume = true;
  EXPECT_TRUE(same_weights(go({}).network, whole.network));
  options.ties.erase(options.ties.begin());
  EXPECT_THAT(thrown_by([&] { go({}); }), HasSubstr("the options changed"));
}

TEST(Ties, ThoseOfAnotherNetworkAreRefused) {
  const Tied tied = tied_network();
  Tied unequal = tied;
  unequal.network = testing::network();
  EXPECT_THAT(thrown_by([&] { fit_with(unequal, testing::options()); }), HasSubstr("differ"));
  Tied unknown = tied;
  unknown.ties[{"", "nobody"}] = tied.ties.begin()->second;
  EXPECT_THAT(thrown_by([&] { fit_with(unknown, testing::options()); }),
              HasSubstr("no trainable parameter"));
  Tied misfit = tied;
  Tensor& tie = misfit.ties.begin()->second;
  tie = tie.reshaped({tie.size()});
  EXPECT_THAT(thrown_by([&] { fit_with(misfit, testing::options()); }), HasSubstr("do not fit"));
}

}  // namespace
}  // namespace gcompress::train

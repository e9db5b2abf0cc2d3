#include "gcompress/core/train/fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <set>

#include "gcompress/core/execute/evaluate.h"
#include "gcompress/core/train/torch_executor.h"
#include "tests/core/train/toy.h"
#include "tests/support/scratch.h"

namespace gcompress::train {
namespace {

using gcompress::testing::thrown_by;
using testing::classification;
using testing::context;
using testing::network;
using testing::options;
using testing::points;
using testing::same_weights;

double accuracy(const graph::Network& trained) {
  const auto executor = make_torch_executor(trained, context());
  return execute::evaluate(*executor, points(500, 99), classification(), {}, context()).value;
}

FitResult fit_toy(const FitOptions& with, const FitHooks& hooks = {},
                  const graph::Masks& masks = {}, const std::optional<Teacher>& teacher = {},
                  std::uint64_t seed = 5) {
  return fit(network(), points(300, 1), points(100, 2), classification(), with, hooks, masks,
             teacher, context(seed));
}

class FitOptimizers : public ::testing::TestWithParam<OptimizerKind> {};

TEST_P(FitOptimizers, LearnAToyProblem) {
  FitOptions with = options();
  with.optimizer = GetParam();
  with.epochs = 15;
  if (with.optimizer == OptimizerKind::kSgd) with.learning_rate = 0.1;
  const FitResult result = fit_toy(with);
  EXPECT_GT(accuracy(result.network), 0.9);
  ASSERT_EQ(result.epochs.size(), 15U);
  EXPECT_LT(result.epochs.back().train_loss, result.epochs.front().train_loss / 2);
  EXPECT_EQ(result.epochs.back().steps, 150);
}

TEST_P(FitOptimizers, SameSeedGivesTheSameBits) {
  FitOptions with = options();
  with.optimizer = GetParam();
  with.label_smoothing = 0.1;
  with.clip_gradient = 1;
  const FitResult first = fit_toy(with);
  const FitResult second = fit_toy(with);
  EXPECT_TRUE(same_weights(first.network, second.network));
  EXPECT_EQ(first.epochs.back().train_loss, second.epochs.back().train_loss);
  EXPECT_FALSE(same_weights(first.network, fit_toy(with, {}, {}, {}, 6).network));
}

TEST_P(FitOptimizers, MaskedWeightsStayZeroAtEveryStep) {
  const graph::Masks masks = testing::thin_masks(network());
  FitOptions with = options();
  with.optimizer = GetParam();
  with.weight_decay = 0.01;
  FitHooks hooks;
  int asked = 0;
  hooks.masks_due = [](std::int64_t, std::int64_t) { return true; };
  hooks.masks_at = [&](std::int64_t step, std::int64_t,
                       const WeightState& state) -> std::optional<graph::Masks> {
    ++asked;
    if (step < 7) return std::nullopt;  // momentum gathers
    if (step == 7) return masks;
    for (const auto& [id, mask] : masks) {
      const auto values = state.values.at(id).as<float>();
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        if (!mask.test(i) && values[i] != 0) ADD_FAILURE() << to_string(id) << " at step " << step;
      }
    }
    return std::nullopt;
  };
  with.epochs = 2;
  const FitResult result = fit_toy(with, hooks);
  EXPECT_EQ(asked, 21);  // before each of 20 steps and once after the last
  EXPECT_EQ(result.masks, masks);
  for (const graph::Weight& weight : graph::find_weights(result.network)) {
    if (!masks.contains(weight.id)) continue;
    const auto values = weight.value.as<float>();
    for (std::int64_t i = 0; i < weight.size(); ++i) {
      if (!masks.at(weight.id).test(i)) {
        EXPECT_EQ(values[i], 0);
        EXPECT_FALSE(std::signbit(values[i]));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, FitOptimizers,
                         ::testing::Values(OptimizerKind::kSgd, OptimizerKind::kAdamW));

TEST(Fit, InitialMasksHoldFromTheFirstStep) {
  const graph::Masks masks = testing::thin_masks(network());
  const FitResult result = fit_toy(options(), {}, masks);
  EXPECT_EQ(result.masks, masks);
  EXPECT_TRUE(same_weights(result.network, graph::apply_masks(result.network, masks)));
}

TEST(Fit, MasksOfAnotherNetworkAreRefused) {
  const graph::Network other = networks::mlp(testing::kInputs, {5}, testing::kClasses, 1);
  const std::string message =
      thrown_by([&] { fit_toy(options(), {}, testing::thin_masks(other)); });
  EXPECT_NE(message.find("another network"), std::string::npos) << message;
}

TEST(Fit, MasksAreAskedForOnlyWhenDue) {
  FitHooks hooks;
  std::vector<std::int64_t> asked;
  hooks.masks_due = [](std::int64_t step, std::int64_t) { return step % 15 == 0; };
  hooks.masks_at = [&](std::int64_t step, std::int64_t total,
                       const WeightState& state) -> std::optional<graph::Masks> {
    EXPECT_EQ(total, 40);
    EXPECT_EQ(state.values.size(), state.second_moments.size());
    asked.push_back(step);
    return std::nullopt;
  };
  fit_toy(options(), hooks);
  EXPECT_EQ(asked, (std::vector<std::int64_t>{0, 15, 30}));
}

TEST(Fit, L1ShrinksPrunableWeightsUntilMasksFreeze) {
  const auto magnitude = [](const graph::Network& trained) {
    double sum = 0;
    for (const graph::Weight& weight : graph::find_weights(trained)) {
      if (!weight.prunable) continue;
      for (const float value : weight.value.as<float>()) sum += std::abs(value);
    }
    return sum;
  };
  FitOptions with = options();
  with.restore_best = false;
  const double plain = magnitude(fit_toy(with).network);
  with.l1 = 0.03;
  EXPECT_LT(magnitude(fit_toy(with).network), 0.7 * plain);
  FitHooks frozen;
  frozen.masks_due = [](std::int64_t step, std::int64_t) { return step == 0; };
  frozen.masks_at = [](std::int64_t, std::int64_t, const WeightState&) { return std::nullopt; };
  EXPECT_DOUBLE_EQ(magnitude(fit_toy(with, frozen).network), plain);
}

TEST(Fit, EarlyStopEndsAndRestoresTheBestEpoch) {
  FitOptions with = options();
  with.epochs = 40;
  with.patience = 3;
  with.learning_rate = 0.05;
  const FitResult result = fit_toy(with);
  ASSERT_TRUE(result.stopped_early);
  const auto last = result.epochs.back().epoch;
  EXPECT_EQ(result.best_epoch, last - 3);
  double best = 0;
  for (const EpochResult& epoch : result.epochs) best = std::max(best, epoch.tune_value);
  EXPECT_EQ(result.epochs[static_cast<std::size_t>(result.best_epoch)].tune_value, best);
  const auto executor = make_torch_executor(result.network, context());
  EXPECT_DOUBLE_EQ(
      execute::evaluate(*executor, points(100, 2), classification(), {}, context()).value, best);
}

TEST(Fit, SelectionBeginsAtItsShareOfTheSteps) {
  FitOptions with = options();
  with.select_after = 0.75;
  EXPECT_GE(fit_toy(with).best_epoch, 2);  // epoch 2 ends at 0.75
  with.restore_best = false;
  EXPECT_EQ(fit_toy(with).best_epoch, 3);
}

TEST(Fit, AnEpochThatEndsJustBeforeTheLastMasksIsNotSelected) {
  // Ten steps an epoch, masks due at step 20: the second epoch ends there, still dense, and is the
  // best of all since the masks leave next to nothing.
  FitHooks hooks;
  hooks.masks_due = [](std::int64_t step, std::int64_t) { return step == 20; };
  hooks.masks_at = [](std::int64_t, std::int64_t, const WeightState&) {
    return std::optional(testing::thin_masks(network()));
  };
  FitOptions with = options();
  with.select_after = 0.5;
  const FitResult result = fit_toy(with, hooks);
  EXPECT_GE(result.best_epoch, 2);
  EXPECT_EQ(result.masks, testing::thin_masks(network()));
}

TEST(Fit, MaxStepsCutsAnEpochOrAddsSome) {
  FitOptions with = options();
  with.max_steps = 13;
  const FitResult cut = fit_toy(with);
  EXPECT_EQ(cut.epochs.size(), 2U);
  EXPECT_EQ(cut.epochs.back().steps, 13);
  with.max_steps = 55;
  EXPECT_EQ(fit_toy(with).epochs.size(), 6U);
}

TEST(Fit, WithoutATuningSplitTheLastEpochCounts) {
  const FitResult result =
      fit(network(), points(100, 1), {}, classification(), options(), {}, {}, {}, context());
  EXPECT_EQ(result.best_epoch, 3);
  EXPECT_TRUE(std::isnan(result.epochs.back().tune_value));
}

TEST(Fit, ATeacherAloneTeachesTheSameAnswers) {
  FitOptions with = options();
  with.epochs = 15;
  const graph::Network teacher = fit_toy(with).network;
  const graph::Network student = network(77);
  with.epochs = 30;
  const FitResult result = fit(student, points(300, 1), points(100, 2), classification(), with, {},
                               {}, Teacher{teacher, 3, 1.0}, context());
  EXPECT_GT(accuracy(result.network), 0.85);  // chance is a third
}

TEST(Fit, WithoutLabelsATeacherRecoversItsOutputs) {
  FitOptions with = options();
  with.epochs = 15;
  const graph::Network teacher = fit_toy(with).network;
  const graph::Masks masks = testing::thin_masks(teacher);
  const execute::Task unlabelled{.kind = execute::TaskKind::kUnlabelled, .output = {}};
  const FitResult result = fit(teacher, points(300, 1, false), points(100, 2, false), unlabelled,
                               with, {}, masks, Teacher{teacher}, context());
  const double before = accuracy(graph::apply_masks(teacher, masks));
  EXPECT_GT(accuracy(result.network), before + 0.1);
  EXPECT_GT(result.epochs.back().tune_value, result.epochs.front().tune_value);
  EXPECT_LE(result.epochs.back().tune_value, 1);
}

TEST(Fit, WithoutLabelsOrTeacherIsRefused) {
  const execute::Task unlabelled{.kind = execute::TaskKind::kUnlabelled, .output = {}};
  EXPECT_THROW(
      fit(network(), points(50, 1, false), {}, unlabelled, options(), {}, {}, {}, context()),
      Error);
  EXPECT_THROW(
      fit(network(), points(50, 1, false), {}, classification(), options(), {}, {}, {}, context()),
      Error);
}

TEST(Fit, AnExplodingLossNamesTheStepAndTheWayOut) {
  FitOptions with = options();
  with.optimizer = OptimizerKind::kSgd;
  with.learning_rate = 1e30;
  const std::string message = thrown_by([&] { fit_toy(with); });
  EXPECT_NE(message.find("at step"), std::string::npos) << message;
  EXPECT_NE(message.find("learning rate"), std::string::npos) << message;
}

TEST(Fit, NonsenseIsRefused) {
  for (const auto& spoil : std::vector<std::function<void(FitOptions&)>>{
           [](FitOptions& one) { one.batch_size = 0; },
           [](FitOptions& one) { one.learning_rate = -1; },
           [](FitOptions& one) { one.label_smoothing = 1; },
           [](FitOptions& one) { one.momentum = 1; },
           [](FitOptions& one) { one.select_after = 2; }}) {
    FitOptions with = options();
    spoil(with);
    EXPECT_THROW(fit_toy(with), Error);
  }
  EXPECT_THROW(fit(network(), {}, {}, classification(), options(), {}, {}, {}, context()), Error);
}

TEST(Fit, ProgressCountsToTheEnd) {
  RunContext reporting = context();
  std::vector<Progress> seen;
  reporting.on_progress = [&](const Progress& progress) { seen.push_back(progress); };
  FitOptions with = options();
  with.work = "recover";
  fit(network(), points(300, 1), points(100, 2), classification(), with, {}, {}, {}, reporting);
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().work, "recover");
  EXPECT_EQ(seen.back().step, 40);
  EXPECT_EQ(seen.back().total, 40);
  EXPECT_EQ(seen.back().values.front().name, "loss");
}

TEST(Fit, OneStepOfLifeIsLearnedAlmostPerfectly) {
  RandomStream random(3, "life test");
  constexpr std::int64_t kBoards = 400;
  constexpr std::int64_t kSide = 8;
  std::vector<float> boards;
  for (std::int64_t i = 0; i < kBoards * kSide * kSide; ++i) {
    boards.push_back(random.uniform() < 0.4F ? 1.0F : 0.0F);
  }
  std::vector<std::uint8_t> after;
  for (std::int64_t b = 0; b < kBoards; ++b) {
    const float* board = boards.data() + b * kSide * kSide;
    for (std::int64_t y = 0; y < kSide; ++y) {
      for (std::int64_t x = 0; x < kSide; ++x) {
        int around = 0;
        for (int k = 0; k < 9; ++k) {
          const std::int64_t row = (y + k / 3 + kSide - 1) % kSide;
          const std::int64_t column = (x + k % 3 + kSide - 1) % kSide;
          if (k != 4) around += board[row * kSide + column] > 0 ? 1 : 0;
        }
        const bool alive = board[y * kSide + x] > 0;
        after.push_back(around == 3 || (alive && around == 2) ? 1 : 0);
      }
    }
  }
  const Shape shape = {kBoards, 1, kSide, kSide};
  const data::Dataset data = testing::dataset(Tensor::from<float>(shape, boards),
                                              Tensor::from<std::uint8_t>(shape, after));
  FitOptions with;
  with.max_steps = 600;
  with.batch_size = 50;
  with.learning_rate = 1e-2;
  const execute::Task cells{.kind = execute::TaskKind::kCells, .output = {}};
  const FitResult result = fit(networks::life({.steps = 1, .overcompleteness = 14}, 1), data, data,
                               cells, with, {}, {}, {}, context());
  const auto executor = make_torch_executor(result.network, context());
  EXPECT_GT(execute::evaluate(*executor, data, cells, {}, context()).cell_accuracy, 0.98);
}

// A batch norm whose statistics are far from those of any data here.
graph::Network lone_batch_norm() {
  graph::Network network;
  network.ir_version = 8;
  network.opset_imports = {{"", 17}};
  network.graph.inputs = {graph::make_value("x", DataType::kFloat32, {-1, 2})};
  network.graph.outputs = {graph::make_value("y", DataType::kFloat32, {-1, 2})};
  const auto add = [&](const std::string& name, std::vector<float> values) {
    graph::Initializer initializer;
    initializer.name = name;
    initializer.value = Tensor::from<float>({2}, std::move(values));
    network.graph.initializers.push_back(initializer);
  };
  add("scale", {1, 1});
  add("shift", {0, 0});
  add("mean", {50, -50});
  add("variance", {9, 9});
  network.graph.nodes = {graph::make_node("BatchNormalization", "norm",
                                          {"x", "scale", "shift", "mean", "variance"}, {"y"})};
  return network;
}

TEST(Fit, FrozenStatisticsLeaveANetworkThatEqualsItsTeacherAlone) {
  const graph::Network dense = lone_batch_norm();
  const data::Dataset data =
      testing::dataset(Tensor::from<float>({4, 2}, {1, 2, -1, 0, 0.5F, 3, 2, -2}), std::nullopt);
  const execute::Task unlabelled{.kind = execute::TaskKind::kUnlabelled, .output = {}};
  FitOptions with = options();
  const auto fitted = [&](bool freeze) {
    with.freeze_statistics = freeze;
    return fit(dense, data, {}, unlabelled, with, {}, {}, Teacher{dense}, context());
  };
  const FitResult frozen = fitted(true);
  EXPECT_EQ(frozen.epochs.front().train_loss, 0);
  EXPECT_TRUE(same_weights(frozen.network, dense));
  const FitResult by_batches = fitted(false);
  EXPECT_GT(by_batches.epochs.front().train_loss, 1);
  EXPECT_FALSE(identical(by_batches.network.graph.initializer("mean")->value,
                         dense.graph.initializer("mean")->value));
}

TEST(RecalibrateBatchNorms, MeasuresTheDatasStatistics) {
  const graph::Network network = lone_batch_norm();
  RandomStream random(1, "batch norm test");
  std::vector<float> values;
  double sums[2] = {0, 0};
  for (int i = 0; i < 64; ++i) {
    for (int c = 0; c < 2; ++c) {
      values.push_back(random.normal() * 2 + 3 * static_cast<float>(c));
      sums[c] += values.back();
    }
  }
  const data::Dataset data = testing::dataset(Tensor::from<float>({64, 2}, values), std::nullopt);
  const graph::Network measured = recalibrate_batch_norms(network, data, 100, 16, context());
  const auto means = measured.graph.initializer("mean")->value.as<float>();
  EXPECT_NEAR(means[0], sums[0] / 64, 1e-4);  // float32 sums
  EXPECT_NEAR(means[1], sums[1] / 64, 1e-4);
  const auto variances = measured.graph.initializer("variance")->value.as<float>();
  EXPECT_NEAR(variances[0], 4, 1.5);  // of 64 samples
  EXPECT_EQ(measured.graph.nodes.front().attributes.size(), 0U);
  EXPECT_TRUE(identical(measured.graph.initializer("scale")->value,
                        network.graph.initializer("scale")->value));
}

TEST(RecalibrateBatchNorms, LeavesANetworkWithoutThemAlone) {
  const graph::Network before = network();
  const data::Dataset data = points(50, 1, false);
  EXPECT_TRUE(same_weights(before, recalibrate_batch_norms(before, data, 2, 10, context())));
}

// All parameters before each step, and after the last, in one list.
std::vector<std::map<graph::WeightId, Tensor>> steps_of(FitOptions with,
                                                        const graph::Masks& at_step_10 = {}) {
  std::vector<std::map<graph::WeightId, Tensor>> steps;
  FitHooks hooks;
  hooks.masks_due = [](std::int64_t, std::int64_t) { return true; };
  hooks.masks_at = [&](std::int64_t step, std::int64_t,
                       const WeightState& state) -> std::optional<graph::Masks> {
    std::map<graph::WeightId, Tensor> copies;
    for (const auto& [id, value] : state.values) {
      copies[id] = Tensor::from<float>(value.shape(), to_float32(value));
    }
    steps.push_back(std::move(copies));
    if (step == 10 && !at_step_10.empty()) return at_step_10;
    return std::nullopt;
  };
  fit_toy(with, hooks);
  return steps;
}

TEST(Fit, TheAverageIsTheNaiveOne) {
  const graph::Masks masks = testing::thin_masks(network());
  FitOptions with = options();
  with.restore_best = false;
  with.average = 0.9;
  const auto steps = steps_of(with, masks);
  ASSERT_EQ(steps.size(), 41U);
  FitHooks hooks;
  hooks.masks_due = [](std::int64_t step, std::int64_t) { return step == 10; };
  hooks.masks_at = [&](std::int64_t, std::int64_t, const WeightState&) {
    return std::optional<graph::Masks>(masks);
  };
  const FitResult result = fit_toy(with, hooks);
  for (const graph::Weight& weight : graph::find_weights(result.network)) {
    std::vector<double> average;
    for (const float value : steps[0].at(weight.id).as<float>()) average.push_back(value);
    for (std::size_t step = 1; step < steps.size(); ++step) {
      const auto at = static_cast<double>(step);
      const double decay = std::min(0.9, (1 + at) / (10 + at));
      const auto values = steps[step].at(weight.id).as<float>();
      for (std::size_t i = 0; i < average.size(); ++i) {
        average[i] = decay * average[i] + (1 - decay) * values[i];
        const bool removed = masks.contains(weight.id) && step >= 10 &&
                             !masks.at(weight.id).test(static_cast<std::int64_t>(i));
        if (removed) average[i] = 0;
      }
    }
    const auto found = weight.value.as<float>();
    for (std::size_t i = 0; i < average.size(); ++i) {
      // 40 roundings to float32.
      EXPECT_NEAR(found[i], average[i], 1e-5) << to_string(weight.id) << " " << i;
    }
  }
  EXPECT_TRUE(same_weights(result.network, graph::apply_masks(result.network, masks)));
}

TEST(Fit, TheAverageIsWhatIsJudged) {
  FitOptions with = options();
  const double live = fit_toy(with).epochs.front().tune_value;
  with.average = 0.999;
  const FitResult averaged = fit_toy(with);
  EXPECT_NE(averaged.epochs.front().tune_value, live);
  // Training goes on from the weights, not from their average.
  EXPECT_EQ(averaged.epochs.back().train_loss, fit_toy(options()).epochs.back().train_loss);
}

TEST(Fit, GradientsAreThoseOfTheStepBeforeMaskedOnesToo) {
  const graph::Masks masks = testing::thin_masks(network());
  FitOptions with = options();
  with.optimizer = OptimizerKind::kSgd;
  with.momentum = 0;
  with.schedule = ScheduleKind::kConstant;
  with.learning_rate = 0.125;  // a power of two: w - rate * g is undone up to one rounding
  with.epochs = 1;
  std::map<graph::WeightId, std::vector<float>> before;
  FitHooks hooks;
  int seen = 0;
  hooks.wants_gradients = true;
  hooks.masks_due = [](std::int64_t, std::int64_t) { return true; };
  hooks.masks_at = [&](std::int64_t step, std::int64_t,
                       const WeightState& state) -> std::optional<graph::Masks> {
    EXPECT_EQ(state.gradients.empty(), step == 0);
    for (const auto& [id, gradient] : state.gradients) {
      const auto values = to_float32(state.values.at(id));
      const auto slopes = to_float32(gradient);
      bool masked_ones = false;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const bool kept = masks.at(id).test(static_cast<std::int64_t>(i));
        masked_ones = masked_ones || (!kept && slopes[i] != 0);
        if (!kept) continue;
        EXPECT_NEAR(slopes[i], (before.at(id)[i] - values[i]) / 0.125F, 1e-5F);
        ++seen;
      }
      EXPECT_TRUE(masked_ones) << to_string(id);
    }
    for (const auto& [id, value] : state.values) before[id] = to_float32(value);
    return std::nullopt;
  };
  fit_toy(with, hooks, masks);
  EXPECT_GT(seen, 0);
}

TEST(Fit, HeldWeightsComeBackAsTheyWereMovedMeanwhile) {
  const graph::Masks masks = testing::thin_masks(network());
  FitOptions with = options();
  with.optimizer = OptimizerKind::kSgd;
  with.masked = MaskedWeights::kHeld;
  with.epochs = 2;
  FitHooks hooks;
  std::map<graph::WeightId, Tensor> held;
  hooks.masks_due = [](std::int64_t, std::int64_t) { return true; };
  hooks.masks_at = [&](std::int64_t step, std::int64_t,
                       const WeightState& state) -> std::optional<graph::Masks> {
    if (step == 4) return masks;
    if (step != 12) return std::nullopt;
    int moved = 0;
    for (const auto& [id, mask] : masks) {
      const auto values = to_float32(state.values.at(id));
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        if (!mask.test(i) && values[static_cast<std::size_t>(i)] != 0) ++moved;
      }
    }
    EXPECT_GT(moved, 0);
    return std::nullopt;
  };
  const FitResult result = fit_toy(with, hooks);
  EXPECT_TRUE(same_weights(result.network, graph::apply_masks(result.network, masks)));
}

TEST(Fit, TwoPartsAreTheWholeWithoutMomentum) {
  FitOptions with = options();
  with.optimizer = OptimizerKind::kSgd;
  with.momentum = 0;
  with.restore_best = false;
  const FitResult whole = fit_toy(with);
  FitOptions first = with;
  first.stop_after = 17;
  const FitResult begun = fit_toy(first);
  EXPECT_EQ(begun.epochs.back().steps, 17);
  FitOptions second = with;
  second.start_at = 17;
  const FitResult ended = fit(begun.network, points(300, 1), points(100, 2), classification(),
                              second, {}, {}, {}, context());
  EXPECT_TRUE(same_weights(ended.network, whole.network));
  EXPECT_EQ(ended.epochs.back().steps, 40);
}

TEST(Fit, ANetworkWithNothingToTrainIsRefusedWithASentence) {
  graph::Network fixed = network();
  fixed.graph.nodes = {graph::make_node("Identity", "same", {fixed.graph.inputs[0].name},
                                        {fixed.graph.outputs[0].name})};
  fixed.graph.initializers.clear();
  const std::string message = thrown_by([&] {
    fit(fixed, points(30, 1), points(10, 2), classification(), options(), {}, {}, {}, context(1));
  });
  EXPECT_NE(message.find("no floating-point parameters"), std::string::npos) << message;
}

TEST(Fit, KnowsItsLength) {
  FitOptions with = options();
  const FitLength length = length_of_fit(network(), points(300, 1), with);
  EXPECT_EQ(length.epoch_steps, 10);
  EXPECT_EQ(length.steps, 40);
  with.max_steps = 7;
  EXPECT_EQ(length_of_fit(network(), points(300, 1), with).steps, 7);
}

}  // namespace
}  // namespace gcompress::train

// A fit whose loss arrives as a value.
#include "gcompress/core/train/loss.h"

#include <gtest/gtest.h>

#include <atomic>

#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/losses.h"
#include "tests/core/train/toy.h"
#include "tests/support/scratch.h"

namespace gcompress::train {
namespace {

using gcompress::testing::Scratch;
using gcompress::testing::thrown_by;
using testing::classification;
using testing::context;
using testing::network;
using testing::options;
using testing::points;
using testing::same_weights;

FitResult fit_with(std::shared_ptr<const Loss> loss, const FitOptions& with = options(),
                   const RunContext& run = context()) {
  FitHooks hooks;
  hooks.loss = std::move(loss);
  return fit(network(), points(300, 1), points(100, 2), classification(), with, hooks, {}, {}, run);
}

torch::Tensor cross_entropy(const LossInputs& step) {
  return label_loss(classification(), step.outputs[0], to_torch(step.batch.labels), 0);
}

// Cross-entropy, and a linear map of the first layer's values that learns to be the second's.
std::shared_ptr<const Loss> with_a_map() {
  auto loss = std::make_shared<Loss>();
  loss->values = {"relu1_out", "relu2_out"};
  loss->parameters["map"] = torch::full({8, 16}, 0.1F).requires_grad_(true);
  const torch::Tensor map = loss->parameters["map"];
  loss->compute = [map](const LossInputs& step) {
    const torch::Tensor mapped = torch::linear(step.values.at("relu1_out"), map);
    return cross_entropy(step) + torch::mse_loss(mapped, step.values.at("relu2_out"));
  };
  return loss;
}

TEST(LossAsAValue, TheTasksOwnGivesTheSameBitsAsNone) {
  const auto loss = std::make_shared<Loss>();
  loss->compute = cross_entropy;
  EXPECT_TRUE(same_weights(fit_with(loss).network, fit_with(nullptr).network));
}

TEST(LossAsAValue, SeesTheNetworksInnerValues) {
  const auto loss = std::make_shared<Loss>();
  loss->values = {"relu2_out"};
  int wrong = 0;
  loss->compute = [&wrong](const LossInputs& step) {
    const torch::Tensor& inner = step.values.at("relu2_out");
    const bool fits = inner.size(0) == step.batch.size && inner.size(1) == 8 &&
                      inner.min().item<float>() >= 0 && inner.requires_grad();
    if (!fits || step.values.size() != 1 || step.outputs.size() != 1) ++wrong;
    return cross_entropy(step);
  };
  EXPECT_TRUE(same_weights(fit_with(loss).network, fit_with(nullptr).network));
  EXPECT_EQ(wrong, 0);
}

TEST(LossAsAValue, ItsParametersLearnAndAreLeftOutOfTheResult) {
  const auto loss = with_a_map();
  const torch::Tensor before = loss->parameters.at("map").detach().clone();
  const FitResult result = fit_with(loss);
  EXPECT_GT((loss->parameters.at("map") - before).abs().max().item<float>(), 0.01F);
  EXPECT_EQ(graph::find_weights(result.network).size(), graph::find_weights(network()).size());
  EXPECT_EQ(result.network.graph.outputs.size(), 1U);
}

TEST(LossAsAValue, ResumingRestoresItsParameters) {
  const Scratch scratch;
  FitOptions with = options();
  const FitResult whole = fit_with(with_a_map(), with);
  with.checkpoint_folder = scratch.path();
  RunContext interrupted = context();
  std::atomic<bool> cancel = false;
  interrupted.cancel = &cancel;
  const auto loss = with_a_map();
  auto counting = std::make_shared<Loss>(*loss);
  int steps = 0;
  counting->compute = [&, inner = loss->compute](const LossInputs& step) {
    if (++steps == 13) cancel = true;
    return inner(step);
  };
  EXPECT_FALSE(thrown_by([&] { fit_with(counting, with, interrupted); }).empty());
  with.resume = true;
  const FitResult resumed = fit_with(with_a_map(), with);
  EXPECT_TRUE(same_weights(resumed.network, whole.network));
  EXPECT_EQ(resumed.epochs.back().train_loss, whole.epochs.back().train_loss);
}

TEST(LossAsAValue, AValueThatIsNotThereIsAnError) {
  const auto loss = std::make_shared<Loss>();
  loss->values = {"relu7_out"};
  loss->compute = cross_entropy;
  const std::string message = thrown_by([&] { fit_with(loss); });
  EXPECT_NE(message.find("relu7_out"), std::string::npos) << message;
}

}  // namespace
}  // namespace gcompress::train

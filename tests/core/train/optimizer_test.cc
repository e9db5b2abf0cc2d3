#include "gcompress/core/train/optimizer.h"

#include <gtest/gtest.h>

#include <memory>

#include "gcompress/core/train/mask_keeper.h"

namespace gcompress::train {
namespace {

Parameter parameter(const std::string& name, const torch::Tensor& value, bool decays) {
  Parameter made;
  made.id = {"", name};
  made.value = value.clone().requires_grad_();
  made.decays = decays;
  made.prunable = decays;
  return made;
}

torch::Tensor start() { return torch::tensor({0.5, -1.0, 2.0, 0.1, -0.3, 0.7}).reshape({2, 3}); }

// A loss whose gradients change from step to step.
torch::Tensor loss_of(const torch::Tensor& weight, const torch::Tensor& bias) {
  return ((weight * weight * weight).sum() + (weight.sum(0) * bias).square().sum());
}

struct Pair {
  torch::Tensor weight = start().clone().requires_grad_();
  torch::Tensor bias = torch::tensor({0.2, 0.4, -0.6}).requires_grad_();
};

void expect_close(const torch::Tensor& a, const torch::Tensor& b) {
  // Both are float32 arithmetic in another order of operations.
  EXPECT_TRUE(torch::allclose(a, b, 1e-5, 1e-6)) << a << "\n" << b;
}

void compare(const FitOptions& options, torch::optim::Optimizer& reference, Pair& expected) {
  Optimizer ours(options, {parameter("weight", start(), true),
                           parameter("bias", torch::tensor({0.2, 0.4, -0.6}), true)});
  for (int step = 0; step < 20; ++step) {
    reference.zero_grad();
    loss_of(expected.weight, expected.bias).backward();
    reference.step();
    ours.clear_gradients();
    loss_of(ours.parameters()[0].value, ours.parameters()[1].value).backward();
    ours.step(options.learning_rate);
  }
  expect_close(ours.parameters()[0].value, expected.weight);
  expect_close(ours.parameters()[1].value, expected.bias);
}

TEST(Optimizer, AdamWEqualsLibtorchs) {
  FitOptions options;
  options.optimizer = OptimizerKind::kAdamW;
  options.learning_rate = 0.01;
  options.weight_decay = 0.1;
  Pair expected;
  torch::optim::AdamW reference({expected.weight, expected.bias},
                                torch::optim::AdamWOptions(0.01).weight_decay(0.1));
  compare(options, reference, expected);
}

TEST(Optimizer, SgdEqualsLibtorchs) {
  FitOptions options;
  options.optimizer = OptimizerKind::kSgd;
  options.learning_rate = 0.01;
  options.momentum = 0.9;
  options.weight_decay = 0.05;
  Pair expected;
  torch::optim::SGD reference({expected.weight, expected.bias},
                              torch::optim::SGDOptions(0.01).momentum(0.9).weight_decay(0.05));
  compare(options, reference, expected);
}

TEST(Optimizer, SgdWithoutMomentumKeepsNoState) {
  FitOptions options;
  options.optimizer = OptimizerKind::kSgd;
  options.momentum = 0;
  options.learning_rate = 0.5;
  Optimizer optimizer(options, {parameter("weight", torch::ones({3}), true)});
  EXPECT_FALSE(optimizer.parameters()[0].first.defined());
  optimizer.parameters()[0].value.mutable_grad() = torch::ones({3});
  optimizer.step(0.5);
  expect_close(optimizer.parameters()[0].value, torch::full({3}, 0.5));
}

TEST(Optimizer, WeightDecayLeavesBiasesAlone) {
  FitOptions options;
  options.weight_decay = 0.1;
  Optimizer optimizer(options, {parameter("weight", torch::ones({3}), true),
                                parameter("bias", torch::ones({3}), false)});
  for (const Parameter& one : optimizer.parameters()) one.value.mutable_grad() = torch::zeros({3});
  optimizer.step(1.0);
  expect_close(optimizer.parameters()[0].value, torch::full({3}, 0.9));
  EXPECT_TRUE(torch::equal(optimizer.parameters()[1].value, torch::ones({3})));
}

TEST(Optimizer, GradientsInAnotherLayoutReachTheirElements) {
  FitOptions options;
  options.optimizer = OptimizerKind::kSgd;
  options.momentum = 0;
  const torch::Tensor value =
      torch::zeros({2, 3, 2, 2}).contiguous(torch::MemoryFormat::ChannelsLast);
  Optimizer optimizer(options, {parameter("weight", value, true)});
  const torch::Tensor gradient = torch::arange(24, torch::kFloat).reshape({2, 3, 2, 2});
  optimizer.parameters()[0].value.mutable_grad() = gradient;
  optimizer.step(1.0);
  EXPECT_TRUE(torch::equal(optimizer.parameters()[0].value, -gradient));
}

TEST(ClipGradients, ScalesTheCommonNorm) {
  std::vector<Parameter> parameters = {parameter("a", torch::zeros({2}), true),
                                       parameter("b", torch::zeros({1}), true)};
  parameters[0].value.mutable_grad() = torch::tensor({3.0F, 0.0F});
  parameters[1].value.mutable_grad() = torch::tensor({4.0F});
  EXPECT_NEAR(clip_gradients(parameters, 1), 5, 1e-6);
  expect_close(parameters[0].value.grad(), torch::tensor({0.6F, 0.0F}));
  expect_close(parameters[1].value.grad(), torch::tensor({0.8F}));
}

TEST(ClipGradients, LeavesSmallOnesAlone) {
  std::vector<Parameter> parameters = {parameter("a", torch::zeros({2}), true)};
  parameters[0].value.mutable_grad() = torch::tensor({0.3F, 0.4F});
  EXPECT_NEAR(clip_gradients(parameters, 1), 0.5, 1e-6);
  EXPECT_TRUE(torch::equal(parameters[0].value.grad(), torch::tensor({0.3F, 0.4F})));
}

graph::Mask mask_of(const std::vector<std::uint8_t>& bytes) {
  return graph::Mask::from_bytes({2, 3}, bytes);
}

void step(Optimizer& optimizer, const MaskKeeper& keeper, double rate) {
  optimizer.clear_gradients();
  loss_of(optimizer.parameters()[0].value, optimizer.parameters()[1].value).backward();
  keeper.before_step();
  optimizer.step(rate);
  keeper.after_step();
}

class MaskKeeperTest : public ::testing::TestWithParam<OptimizerKind> {};

TEST_P(MaskKeeperTest, MomentumRevivesNothing) {
  FitOptions options;
  options.optimizer = GetParam();
  options.weight_decay = 0.01;
  Optimizer optimizer(options, {parameter("weight", start(), true),
                                parameter("bias", torch::tensor({0.2, 0.4, -0.6}), false)});
  MaskKeeper keeper(optimizer, MaskedWeights::kZero);
  for (int i = 0; i < 5; ++i) step(optimizer, keeper, 0.01);  // momentum gathers
  const torch::Tensor keep = torch::tensor({1, 0, 1, 0, 1, 1}).reshape({2, 3});
  keeper.set({{{"", "weight"}, mask_of({1, 0, 1, 0, 1, 1})}});
  const torch::Tensor removed = keep.eq(0);
  const Parameter& weight = optimizer.parameters()[0];
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(weight.value.masked_select(removed).abs().sum().item<float>(), 0) << i;
    EXPECT_FALSE(weight.value.masked_select(removed).signbit().any().item<bool>()) << i;
    EXPECT_EQ(weight.first.masked_select(removed).abs().sum().item<float>(), 0) << i;
    if (weight.second.defined()) {
      EXPECT_EQ(weight.second.masked_select(removed).abs().sum().item<float>(), 0) << i;
    }
    step(optimizer, keeper, 0.01);
  }
  EXPECT_GT(weight.first.masked_select(keep.eq(1)).abs().sum().item<float>(), 0);
}

TEST_P(MaskKeeperTest, AnElementMayComeBack) {
  FitOptions options;
  options.optimizer = GetParam();
  Optimizer optimizer(options, {parameter("weight", start(), true),
                                parameter("bias", torch::tensor({0.2, 0.4, -0.6}), false)});
  MaskKeeper keeper(optimizer, MaskedWeights::kZero);
  keeper.set({{{"", "weight"}, mask_of({0, 0, 0, 1, 1, 1})}});
  keeper.set({{{"", "weight"}, mask_of({1, 1, 1, 1, 1, 0})}});
  step(optimizer, keeper, 0.01);
  const torch::Tensor values = optimizer.parameters()[0].value.flatten();
  EXPECT_NE(values[0].item<float>(), 0);
  EXPECT_EQ(values[5].item<float>(), 0);
}

// Dense values w, a mask m, the gradient of the loss at w m: the optimiser moves w by it.
TEST_P(MaskKeeperTest, HeldWeightsMoveByTheGradientOfTheMaskedNetwork) {
  FitOptions options;
  options.optimizer = GetParam();
  const torch::Tensor bias = torch::tensor({0.2, 0.4, -0.6});
  Optimizer held(options, {parameter("weight", start(), true), parameter("bias", bias, false)});
  Optimizer dense(options, {parameter("weight", start(), true), parameter("bias", bias, false)});
  MaskKeeper keeper(held, MaskedWeights::kHeld);
  for (int i = 0; i < 12; ++i) {
    if (i == 2) keeper.set({{{"", "weight"}, mask_of({1, 0, 1, 0, 1, 1})}});
    if (i == 8) keeper.set({{{"", "weight"}, mask_of({0, 1, 1, 0, 1, 1})}});
    torch::Tensor keep = torch::ones({2, 3});
    if (i >= 2) keep = torch::tensor({1, 0, 1, 0, 1, 1}).reshape({2, 3}).to(torch::kFloat32);
    if (i >= 8) keep = torch::tensor({0, 1, 1, 0, 1, 1}).reshape({2, 3}).to(torch::kFloat32);
    // Naive: the dense weights, and the gradient at the masked ones.
    dense.clear_gradients();
    torch::Tensor& values = dense.parameters()[0].value;
    const torch::Tensor masked = (values.detach() * keep).requires_grad_(true);
    loss_of(masked, dense.parameters()[1].value).backward();
    values.mutable_grad() = masked.grad();
    step(held, keeper, 0.01);
    dense.step(0.01);
    EXPECT_TRUE(torch::equal(held.parameters()[0].value.detach(), values.detach() * keep)) << i;
    if (i < 2) continue;
    const torch::Tensor aside = keeper.held().at({"", "weight"});
    EXPECT_TRUE(torch::equal(aside, values.detach() * (1 - keep))) << i;
  }
}

TEST_P(MaskKeeperTest, HeldWeightsAreRestored) {
  FitOptions options;
  options.optimizer = GetParam();
  Optimizer optimizer(options, {parameter("weight", start(), true)});
  MaskKeeper keeper(optimizer, MaskedWeights::kHeld);
  const graph::Masks masks = {{{"", "weight"}, mask_of({1, 0, 1, 0, 1, 1})}};
  keeper.set(masks);
  Optimizer other(options, {parameter("weight", optimizer.parameters()[0].value, true)});
  MaskKeeper again(other, MaskedWeights::kHeld);
  again.restore(masks, keeper.held());
  again.set({});
  EXPECT_TRUE(torch::equal(other.parameters()[0].value.detach(), start()));
}

INSTANTIATE_TEST_SUITE_P(Optimizers, MaskKeeperTest,
                         ::testing::Values(OptimizerKind::kSgd, OptimizerKind::kAdamW));

TEST(MaskKeeper, MasksOfAnotherNetworkAreRefused) {
  Optimizer optimizer({}, {parameter("weight", start(), true)});
  MaskKeeper keeper(optimizer, MaskedWeights::kZero);
  EXPECT_THROW(keeper.set({{{"", "other"}, mask_of({1, 1, 1, 1, 1, 0})}}), Error);
  EXPECT_THROW(keeper.set({{{"", "weight"}, graph::Mask({3, 2}, false)}}), Error);
  EXPECT_TRUE(torch::equal(optimizer.parameters()[0].value, start()));
}

}  // namespace
}  // namespace gcompress::train

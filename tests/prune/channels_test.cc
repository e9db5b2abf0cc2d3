// Which channels go, and how many: budgets, floors, multiples, schedules, misuse.
#include "gcompress/prune/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/core/graph/costs.h"
#include "tests/core/graph/channel_networks.h"

namespace gcompress::prune {
namespace {

using ::testing::HasSubstr;
using testing::NetworkBuilder;

// c1, 8 channels; c2, 16; c3, 24; between them nothing but ReLUs.
graph::Network tower(std::uint64_t seed) {
  NetworkBuilder b({2, 3, 8, 8}, seed);
  b.node("Relu", "r1", {b.conv("c1", "x", {8, 3, 3, 3}, true, 1)});
  b.node("Relu", "r2", {b.conv("c2", "r1", {16, 8, 3, 3}, true, 1)});
  b.node("Relu", "r3", {b.conv("c3", "r2", {24, 16, 3, 3}, true, 1)});
  b.conv("y", "r3", {2, 24, 1, 1}, true);
  return b.finish("y", {2, 2, 8, 8});
}

struct Job {
  graph::Network network;
  PruneOptions options;
  Plan plan;
  ChannelPlan channels;
  ChannelCriterion score;
};

Job job_of(graph::Network network, const ChannelOptions& options, PruneOptions prune_options = {}) {
  prune_options.target = 1;
  Job job{.network = std::move(network), .options = prune_options, .plan = {}, .channels = {}};
  job.plan = make_plan(job.network, job.options);
  job.channels =
      plan_channels(job.network, job.plan, job.options, options, graph::infer_shapes(job.network));
  job.score.score = criterion("raw-magnitude").make({});
  return job;
}

std::int64_t flops_of(const graph::Network& network) {
  return graph::cost(network, graph::find_weights(network), graph::infer_shapes(network)).flops;
}

TEST(Channels, ATargetOfFlopsIsMetInTheNetworkItself) {
  for (const double target : {0.9, 0.5, 0.1}) {
    const Job job = job_of(tower(1), {.target = target, .of = ChannelTarget::kFlops});
    const ChannelResult result =
        prune_channels_one_shot(job.network, job.plan, job.channels, job.score);
    const auto all = static_cast<double>(flops_of(job.network));
    const auto left = static_cast<double>(flops_of(result.pruned.network));
    EXPECT_LE(left, target * all);
    EXPECT_GT(left, (target - 0.1) * all);
  }
}

TEST(Channels, ATargetOfParametersIsMetAndCounted) {
  const Job job = job_of(tower(2), {.target = 0.4});
  const ChannelResult result =
      prune_channels_one_shot(job.network, job.plan, job.channels, job.score);
  std::int64_t left = 0;
  for (const graph::Weight& weight : graph::find_weights(result.pruned.network)) {
    left += weight.size();
  }
  EXPECT_EQ(left, result.pruned.kept);
  EXPECT_LE(left, static_cast<std::int64_t>(job.channels.budget));
}

TEST(Channels, TheChannelOfTheSmallestWeightsGoesFirst) {
  graph::Network network = tower(3);
  for (const char* name : {"c2.weight", "c2.bias"}) {
    graph::Initializer* stored = network.graph.initializer(name);
    std::vector<float> values = to_float32(stored->value);
    const std::size_t slice = values.size() / 16;
    for (std::size_t i = 5 * slice; i < 6 * slice; ++i) values[i] *= 1e-3F;
    stored->value = Tensor::from<float>(stored->value.shape(), std::move(values));
  }
  const Job job = job_of(network, {.target = 0.99});
  const std::vector<double> scores = channel_scores(job.channels, job.plan, {}, job.score);
  const auto least = std::ranges::min_element(scores.begin() + 8, scores.begin() + 24);
  EXPECT_EQ(least - scores.begin(), 8 + 5);
}

TEST(Channels, SharesOfAWeightAddUpTo1) {
  const Job job = job_of(tower(4), {.target = 0.5});
  const std::vector<double> scores = channel_scores(job.channels, job.plan, {}, job.score);
  double sum = 0;
  for (const double score : scores) sum += score;
  EXPECT_NEAR(sum, 6, 1e-6);  // three layers that make, three that read
}

TEST(Channels, WidthsAreMultiplesWhereGroupsAreWideEnough) {
  const Job job = job_of(tower(5), {.target = 0.4, .of = ChannelTarget::kFlops, .multiple = 8});
  const auto widths =
      choose_widths(job.channels, channel_scores(job.channels, job.plan, {}, job.score));
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (job.channels.groups.groups[i].removable()) {
      EXPECT_EQ(widths[i] % 8, 0);
    }
  }
}

TEST(Channels, EveryGroupKeepsItsFloor) {
  const Job job = job_of(tower(6), {.target = 0.3, .floor_count = 4, .floor_share = 0.4});
  const auto widths =
      choose_widths(job.channels, channel_scores(job.channels, job.plan, {}, job.score));
  EXPECT_GE(widths[0], 4);   // of 8
  EXPECT_GE(widths[1], 7);   // of 16
  EXPECT_GE(widths[2], 10);  // of 24
}

TEST(Channels, MasksOfAFitNarrowStepByStepAndReachTheWidths) {
  const Job job = job_of(tower(7), {.target = 0.4});
  const auto widths =
      choose_widths(job.channels, channel_scores(job.channels, job.plan, {}, job.score));
  const CubicSchedule schedule{.begin = 0, .end = 0.5, .every = 10, .least_updates = 1};
  GradualChannelPruner pruner(job.plan, job.channels, widths, schedule);
  graph::ChannelSet before(static_cast<std::size_t>(job.channels.groups.channels), false);
  for (std::int64_t step = 0; step <= 100; ++step) {
    EXPECT_EQ(pruner.masks_at(step, 100, {}, job.score).has_value(), pruner.due(step, 100));
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_LE(before[i], pruner.gone()[i]);
    before = pruner.gone();
  }
  std::int64_t goes = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    goes += job.channels.groups.groups[i].channels - widths[i];
  }
  EXPECT_EQ(std::ranges::count(before, true), goes);
}

TEST(Channels, AFitThatGoesOnKnowsWhatIsGone) {
  const Job job = job_of(testing::residual(8), {.target = 0.5});
  const auto widths =
      choose_widths(job.channels, channel_scores(job.channels, job.plan, {}, job.score));
  const CubicSchedule schedule{.begin = 0, .end = 0.5, .every = 10, .least_updates = 1};
  GradualChannelPruner first(job.plan, job.channels, widths, schedule);
  const auto masks = first.masks_at(50, 100, {}, job.score);
  GradualChannelPruner second(job.plan, job.channels, widths, schedule);
  second.restore(*masks);
  EXPECT_EQ(first.gone(), second.gone());
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Channels, ATargetThatIsTooLowSaysWhichWouldWork) {
  const std::string message = message_of([] { job_of(tower(1), {.target = 0.001}); });
  EXPECT_THAT(message, HasSubstr("a target of 0."));
  EXPECT_THAT(message, HasSubstr("would work"));
}

TEST(Channels, ANetworkWithNothingToRemoveSaysWhy) {
  NetworkBuilder b({2, 3, 6, 6}, 1);
  b.conv("y", "x", {2, 3, 3, 3}, true);
  const graph::Network network = b.finish("y", {2, 2, 4, 4});
  EXPECT_THAT(message_of([&] { job_of(network, {}); }), HasSubstr("of y, the network's output"));
}

TEST(Channels, LayersOfOneChannelStay) {
  NetworkBuilder b({2, 3, 6, 6}, 1);
  b.conv("y", b.conv("c1", "x", {1, 3, 3, 3}, true), {2, 1, 3, 3}, true);
  const graph::Network network = b.finish("y", {2, 2, 2, 2});
  EXPECT_THAT(message_of([&] { job_of(network, {}); }), HasSubstr("no channels can be removed"));
}

TEST(Channels, IgnoredLayersKeepTheirChannels) {
  PruneOptions options;
  options.ignore = {"c2"};
  const Job job = job_of(tower(1), {.target = 0.9}, options);
  const ChannelResult result =
      prune_channels_one_shot(job.network, job.plan, job.channels, job.score);
  EXPECT_EQ(result.pruned.network.graph.initializer("c2.weight")->value.shape(),
            (Shape{16, 8, 3, 3}));
}

TEST(Channels, OnlyNamedLayersLoseChannels) {
  PruneOptions options;
  options.only = {"c2"};
  const Job job = job_of(tower(1), {.target = 0.8}, options);
  const auto widths =
      choose_widths(job.channels, channel_scores(job.channels, job.plan, {}, job.score));
  EXPECT_EQ(widths[0], 8);
  EXPECT_LT(widths[1], 16);
  EXPECT_EQ(widths[2], 24);
}

}  // namespace
}  // namespace gcompress::prune

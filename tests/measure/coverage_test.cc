// Do the intervals cover? Two-stage comparisons on simulated machines with six kinds of noise. The
// table that the test prints stands in docs/results.md, "Intervals that cover".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gcompress/measure/statistics/mean_interval.h"
#include "gcompress/measure/statistics/two_stage.h"
#include "tests/measure/noisy_machine.h"

namespace gcompress::measure {
namespace {

using testing::Noise;
using testing::NoisyMachine;

constexpr int kComparisons = 2000;

std::vector<BlockOutcome> compare_on(NoisyMachine& machine, double cost_after,
                                     const StoppingRule& rule, std::uint64_t seed) {
  return measure_blocks(rule, seed, [&](std::int64_t, const BlockOrder& order) -> BlockOutcome {
    machine.idle(5);
    Block block = {.order = order};
    for (std::size_t i = 0; i < order.size(); ++i) {
      machine.idle(machine.uniform(0, 1));
      const auto cost = machine.window(order[i] == Side::kAfter ? cost_after : 1);
      if (!cost) return std::nullopt;
      block.values[i] = *cost;
    }
    return block;
  });
}

// Shares of the comparisons, in percent; blocks and rejected: means.
struct Tally {
  double covered = 0;
  double covered_by_bootstrap = 0;
  double conclusive = 0;
  double recovered = 0;  // conclusive and within one point
  double blocks = 0;
  double rejected = 0;
};

Tally simulate(Noise noise, double cost_after, double half_width) {
  Tally tally;
  constexpr double kShare = 100.0 / kComparisons;
  for (unsigned i = 0; i < kComparisons; ++i) {
    NoisyMachine machine(noise, i);
    const StoppingRule rule = {.half_width = half_width, .resolution = machine.resolution()};
    const std::vector<BlockOutcome> outcomes = compare_on(machine, cost_after, rule, i);
    const RatioResult result = conclude(outcomes, rule);
    if (!result.interval) continue;  // counts as not covered
    const Interval bootstrap =
        bootstrap_t_interval(kept_log_ratios(outcomes, rule), {.resamples = 399, .seed = i})
            .interval;
    const double truth = std::log(cost_after);
    const bool near = std::abs(*result.ratio - cost_after) <= 0.01;
    if (result.interval->low <= cost_after && cost_after <= result.interval->high) {
      tally.covered += kShare;
    }
    if (bootstrap.low <= truth && truth <= bootstrap.high) tally.covered_by_bootstrap += kShare;
    if (result.conclusive) tally.conclusive += kShare;
    if (result.conclusive && near) tally.recovered += kShare;
    tally.blocks += static_cast<double>(outcomes.size()) / kComparisons;
    tally.rejected +=
        static_cast<double>(result.rejected_outside + result.rejected_discord) / kComparisons;
  }
  return tally;
}

class Coverage : public ::testing::TestWithParam<Noise> {};

TEST_P(Coverage, OfOneUnderEqualNetworksIsNinetyFivePercent) {
  for (const double half_width : {0.02, kHalfWidthForOnePoint}) {
    const Tally tally = simulate(GetParam(), 1, half_width);
    fmt::print("| {} | equal, {:.1f}% | {:.1f} | {:.1f} | {:.1f} | | {:.1f} | {:.1f} |\n",
               testing::name_of(GetParam()), 100 * half_width, tally.covered,
               tally.covered_by_bootstrap, tally.conclusive, tally.blocks, tally.rejected);
    EXPECT_GE(tally.covered, 93.5);  // three standard errors of 2,000 comparisons around 95
    EXPECT_LE(tally.covered, 96.5);
  }
}

TEST_P(Coverage, RecoversASavingOfTenPercentWithinOnePoint) {
  const Tally tally = simulate(GetParam(), 0.9, kHalfWidthForOnePoint);
  fmt::print("| {} | 10% saved, 0.9% | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} |\n",
             testing::name_of(GetParam()), tally.covered, tally.covered_by_bootstrap,
             tally.conclusive, tally.recovered, tally.blocks, tally.rejected);
  EXPECT_GE(tally.recovered, 90);  // inconclusive ones count as failures
  EXPECT_GE(tally.covered, 93.5);
  EXPECT_LE(tally.covered, 96.5);
}

// What many do: all windows of one network, then all of the other, and Student's t.
TEST(SimulatedMachine, MakesTheNaiveIntervalFail) {
  for (const Noise noise : {Noise::kDrift, Noise::kAutocorrelation}) {
    int covered = 0;
    constexpr int kTrials = 500;
    for (unsigned i = 0; i < kTrials; ++i) {
      NoisyMachine machine(noise, i);
      std::vector<double> differences;
      for (int window = 0; window < 20; ++window) differences.push_back(-*machine.window(1));
      for (double& difference : differences) difference += *machine.window(1);
      const Interval interval = student_interval(differences).interval;
      covered += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
    }
    EXPECT_LT(covered, 0.7 * kTrials) << testing::name_of(noise);
  }
}

INSTANTIATE_TEST_SUITE_P(UnderNoise, Coverage, ::testing::ValuesIn(testing::kAllNoise),
                         [](const auto& instance) {
                           std::string name;
                           for (const char letter : std::string(testing::name_of(instance.param))) {
                             if (letter != ' ') name += letter;
                           }
                           return name;
                         });

}  // namespace
}  // namespace gcompress::measure

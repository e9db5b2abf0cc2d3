// The protocol on a machine whose joules are known. Nothing here sleeps or looks at the wall's
// clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "gcompress/measure/protocol/gather.h"
#include "gcompress/measure/protocol/summary.h"
#include "tests/measure/fake_machine.h"

namespace gcompress::measure {
namespace {

using ::testing::Contains;
using testing::FakeMachine;
using ::testing::HasSubstr;

int count(const Evidence& evidence, WindowKind kind) {
  return static_cast<int>(std::ranges::count(evidence.windows, kind, &Window::kind));
}

TEST(CounterStep, IsFoundByWatching) {
  FakeMachine machine;
  const auto step = calibrate_counter(machine.probes());
  ASSERT_TRUE(step.has_value());
  EXPECT_NEAR(step->seconds, 0.1, 0.001);  // polling adds up to 0.2 ms
  EXPECT_NEAR(step->joules, 5, 0.05);
  EXPECT_EQ(step->changes, 20);
}

TEST(CounterStep, IsNothingWithoutACounterThatMoves) {
  FakeMachine machine;
  EXPECT_FALSE(calibrate_counter({.clock = machine.probes().clock, .wait = machine.probes().wait})
                   .has_value());
  machine.counter_works = false;
  EXPECT_FALSE(calibrate_counter(machine.probes()).has_value());
  FakeMachine stale = {.step_seconds = 1e9};
  EXPECT_FALSE(calibrate_counter(stale.probes()).has_value());
}

TEST(Protocol, RecoversKnownJoulesWithinOnePercent) {
  FakeMachine machine;
  const Evidence evidence = gather(machine.network(0.010, 250), machine.network(0.008, 200),
                                   machine.probes(), {}, {.seed = 3});
  const ProtocolResult result = summarize(evidence);
  EXPECT_NEAR(result.before.joules->mean, 2.5, 0.025);
  EXPECT_NEAR(result.after.joules->mean, 1.6, 0.016);
  EXPECT_NEAR(result.before.marginal_joules->mean, 2.0, 0.02);
  EXPECT_NEAR(result.after.marginal_joules->mean, 1.2, 0.012);
  EXPECT_NEAR(*result.joules->ratio, 0.64, 0.0064);
  EXPECT_NEAR(*result.marginal_joules->ratio, 0.6, 0.006);
  EXPECT_NEAR(*result.seconds.ratio, 0.8, 1e-9);
  EXPECT_NEAR(result.idle_watts->mean, 50, 0.5);
  EXPECT_TRUE(result.joules->conclusive);
  EXPECT_TRUE(result.rejected.empty());
  EXPECT_EQ(result.counters_disagree, 0);
  EXPECT_TRUE(result.notes.empty());
}

TEST(Protocol, KeepsEveryWindowAndBracketsEachBlock) {
  FakeMachine machine;
  const Evidence evidence = gather(machine.network(0.010, 250), machine.network(0.008, 200),
                                   machine.probes(), {}, {.seed = 3});
  EXPECT_EQ(count(evidence, WindowKind::kWork), 40);  // ten blocks of a quiet machine
  EXPECT_EQ(count(evidence, WindowKind::kIdle), 11);
  EXPECT_GE(count(evidence, WindowKind::kWarmUp), 6);  // 30 s of each in stretches of 10 s
  for (const Window& window : evidence.windows) {
    if (window.kind != WindowKind::kWork) continue;
    EXPECT_NEAR(window.seconds, 10, 0.1);
  }
}

TEST(Protocol, LengthensWindowsForASlowCounter) {
  FakeMachine machine = {.step_seconds = 1};
  const Evidence evidence = gather(machine.network(0.01, 250), machine.network(0.01, 250),
                                   machine.probes(), {}, {.seed = 1});
  EXPECT_NEAR(evidence.windows.back().seconds, 51, 0.5);  // a baseline: 50 steps and a bit
  for (const Window& window : evidence.windows) {
    if (window.kind != WindowKind::kWork) continue;
    EXPECT_GE(window.seconds, 99.0);
  }
  EXPECT_NEAR(evidence.rule.resolution, 0.01, 0.001);
}

TEST(Protocol, RejectsWindowsShorterThanFiftySteps) {
  FakeMachine machine;
  const Window window = measure_window({.inferences = 1}, machine.probes(), {.least_seconds = 5},
                                       [&] { machine.advance(4.9, 100); });
  EXPECT_THAT(window.rejected, HasSubstr("shorter than 5 s"));
}

TEST(Protocol, RejectsAWindowWhoseCounterFellSilentOrWentBack) {
  FakeMachine machine;
  const WindowLimits limits = {.wants_energy = true};
  const Window silent = measure_window({}, machine.probes(), limits, [&] {
    machine.advance(10, 100);
    machine.counter_works = false;
  });
  EXPECT_EQ(silent.rejected, "energy counter unreadable");
  EXPECT_FALSE(silent.joules.has_value());
  machine.counter_works = true;
  const Window reset = measure_window({}, machine.probes(), limits, [&] {
    machine.advance(10, 100);
    machine.counter_joules = 0;
  });
  EXPECT_EQ(reset.rejected, "energy counter went back");
}

TEST(Protocol, FlagsCountersThatDisagree) {
  FakeMachine machine = {.counter_gain = 0.9};
  const ProtocolResult result = summarize(gather(
      machine.network(0.01, 250), machine.network(0.01, 250), machine.probes(), {}, {.seed = 1}));
  EXPECT_GT(result.counters_disagree, 40);
  EXPECT_THAT(result.notes, Contains(HasSubstr("disagree")));
  EXPECT_NEAR(*result.joules->ratio, 1, 0.01);  // a gain cancels in the ratio
}

TEST(Protocol, KeepsAndCountsWindowsThatTroubleSpoilt) {
  FakeMachine machine;
  int runs = 0;
  const Workload network = machine.network(0.01, 250);
  const Workload troubled = [&](std::int64_t inferences) {
    network(inferences);
    if (inferences > 900 && ++runs == 5) machine.trouble = "throttled";
  };
  const Evidence evidence = gather(troubled, troubled, machine.probes(), {}, {.seed = 1});
  const ProtocolResult result = summarize(evidence);
  EXPECT_EQ(result.rejected.at("throttled"), 1);
  EXPECT_EQ(result.joules->rejected_outside, 1);
  EXPECT_EQ(result.joules->kept, 10);  // the block was measured again
  EXPECT_EQ(count(evidence, WindowKind::kWork), 41);
}

TEST(Protocol, MeasuresTimeAloneWithoutACounter) {
  FakeMachine machine;
  const Probes probes = {.clock = machine.probes().clock, .wait = machine.probes().wait};
  const Evidence evidence =
      gather(machine.network(0.010, 250), machine.network(0.005, 250), probes, {}, {.seed = 3});
  const ProtocolResult result = summarize(evidence);
  EXPECT_NEAR(*result.seconds.ratio, 0.5, 1e-9);
  EXPECT_FALSE(result.joules.has_value());
  EXPECT_FALSE(result.before.joules.has_value());
  EXPECT_EQ(count(evidence, WindowKind::kIdle), 0);
  EXPECT_THAT(result.notes, Contains(HasSubstr("No energy counter")));
}

TEST(Protocol, GivesNoMarginalJoulesWhereWorkTakesNoMoreThanIdling) {
  FakeMachine machine;
  const ProtocolResult result = summarize(gather(
      machine.network(0.01, 50), machine.network(0.01, 49), machine.probes(), {}, {.seed = 1}));
  EXPECT_TRUE(result.joules.has_value());
  EXPECT_FALSE(result.marginal_joules.has_value());
  EXPECT_THAT(result.notes, Contains(HasSubstr("no marginal joules")));
}

TEST(Protocol, RefusesANetworkSlowerThanAWindow) {
  FakeMachine machine;
  EXPECT_THROW(gather(machine.network(20, 250), machine.network(0.01, 250), machine.probes(), {},
                      {.seed = 1}),
               Error);
}

TEST(Protocol, StopsWhenCancelled) {
  FakeMachine machine;
  const std::atomic<bool> cancel = true;
  EXPECT_THROW(gather(machine.network(0.01, 250), machine.network(0.01, 250), machine.probes(), {},
                      {.cancel = &cancel}),
               Error);
}

TEST(WarmUp, GoesOnUntilThePowerIsSteady) {
  FakeMachine machine = {.warming_seconds = 30};
  const WarmUp warm =
      warm_up(machine.probes(), machine.network(0.01, 250), Side::kBefore, 10, {}, {});
  EXPECT_TRUE(warm.steady);
  // Half the power, decaying by 30 s, slopes by 1% per 10 s after about 80 s.
  EXPECT_GT(machine.busy_seconds, 60);
  EXPECT_LT(machine.busy_seconds, 150);
  EXPECT_NEAR(warm.inferences_per_second, 100, 1e-6);
}

TEST(WarmUp, GivesUpOnAMachineThatDoesNotSettle) {
  FakeMachine machine = {.warming_seconds = 60};
  const WarmUp warm = warm_up(machine.probes(), machine.network(0.01, 250), Side::kBefore, 10,
                              {.most_seconds = 60}, {});
  EXPECT_FALSE(warm.steady);  // 4% in 10 s at the end
  EXPECT_NEAR(machine.busy_seconds, 65, 10);
}

TEST(WarmUp, WaitsForTheTemperatureWhereItIsKnown) {
  FakeMachine machine;
  Probes probes = machine.probes();
  probes.temperature = [&] { return machine.busy_seconds < 100 ? machine.busy_seconds : 100; };
  const WarmUp warm = warm_up(probes, machine.network(0.01, 250), Side::kBefore, 10, {}, {});
  EXPECT_TRUE(warm.steady);
  EXPECT_GE(machine.busy_seconds, 110);
}

TEST(BoardGain, WidensAbsoluteJoules) {
  const Interval wide = widened_by_gain({2, 3}, kBoardGain);
  EXPECT_DOUBLE_EQ(wide.low, 1.9);
  EXPECT_DOUBLE_EQ(wide.high, 3.15);
}

}  // namespace
}  // namespace gcompress::measure

// The step of a counter, on a clock that the test moves.
#include "gcompress/measure/energy/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/measure/energy/fake_system.h"

namespace gcompress::measure {
namespace {

// Counts 50 W, visible in steps.
Sensor staircase(const Clock& clock, double step_seconds) {
  return {.name = "staircase", .part = "x", .read = [clock, step_seconds]() -> Reading {
            const double now = clock.now();
            return {now, std::floor(now / step_seconds) * step_seconds * 50, {}};
          }};
}

TEST(CalibrateStep, FindsTheStepOfAStaircase) {
  const FakeClock clock;
  const SensorStep step = calibrate_step(staircase(clock.clock(), 0.1), clock.clock(), {});
  EXPECT_EQ(step.changes, 20);
  EXPECT_NEAR(step.seconds.value(), 0.1, 2e-4);  // two pauses between readings
  EXPECT_NEAR(step.size.value(), 5, 1e-6);
  EXPECT_TRUE(step.why_not.empty());
}

TEST(CalibrateStep, TheMedianWithstandsAFewLongSteps) {
  FakeClock clock;
  int reads = 0;
  const Sensor sensor = {.name = "hiccup", .part = "x", .read = [&]() -> Reading {
                           if (++reads % 7 == 0) clock.pass(3e-3);
                           return {clock.now(), static_cast<double>(reads), {}};
                         }};
  const SensorStep step = calibrate_step(sensor, clock.clock(), {.pause_seconds = 1e-3});
  EXPECT_NEAR(step.seconds.value(), 1e-3, 1e-9);
}

TEST(CalibrateStep, GivesUpOnACounterThatIsTooSlow) {
  const FakeClock clock;
  const SensorStep step = calibrate_step(staircase(clock.clock(), 2), clock.clock(), {});
  EXPECT_FALSE(step.seconds);
  EXPECT_THAT(step.why_not, ::testing::HasSubstr("of 20 steps"));
  EXPECT_NEAR(step.waited_seconds, 5, 0.01);
}

TEST(CalibrateStep, SaysWhyASensorCouldNotBeRead) {
  const FakeClock clock;
  const Sensor sensor = {.name = "gone", .part = "x", .read = [&]() -> Reading {
                           return {clock.now(), std::nullopt, "the GPU is lost"};
                         }};
  const SensorStep step = calibrate_step(sensor, clock.clock(), {.seconds_at_most = 0.01});
  EXPECT_EQ(step.changes, 0);
  EXPECT_THAT(step.why_not, ::testing::HasSubstr("the GPU is lost"));
}

}  // namespace
}  // namespace gcompress::measure

#include "gcompress/core/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace gcompress::train {
namespace {

FitOptions with(ScheduleKind kind) {
  FitOptions options;
  options.learning_rate = 0.4;
  options.schedule = kind;
  return options;
}

TEST(Schedule, ConstantStaysConstant) {
  const FitOptions options = with(ScheduleKind::kConstant);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 0, 100), 0.4);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 99, 100), 0.4);
}

TEST(Schedule, WarmUpRisesInALineToTheFullRate) {
  FitOptions options = with(ScheduleKind::kConstant);
  options.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 0, 100), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 1, 100), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 3, 100), 0.4);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 4, 100), 0.4);
}

TEST(Schedule, StepsMultiplyAtTheirShares) {
  FitOptions options = with(ScheduleKind::kStep);
  options.step_at = {0.5, 0.75};
  options.step_factor = 0.1;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 49, 100), 0.4);
  EXPECT_NEAR(learning_rate_at(options, 50, 100), 0.04, 1e-15);
  EXPECT_NEAR(learning_rate_at(options, 74, 100), 0.04, 1e-15);
  EXPECT_NEAR(learning_rate_at(options, 75, 100), 0.004, 1e-15);
}

TEST(Schedule, CosineFollowsItsEquation) {
  const FitOptions options = with(ScheduleKind::kCosine);
  for (const int step : {0, 1, 25, 50, 99}) {
    const double expected = 0.4 * 0.5 * (1 + std::cos(std::numbers::pi * step / 100));
    EXPECT_NEAR(learning_rate_at(options, step, 100), expected, 1e-15) << step;
  }
}

TEST(Schedule, CosineBeginsAfterHoldAndWarmUp) {
  FitOptions options = with(ScheduleKind::kCosine);
  options.hold = 0.6;
  options.warmup_steps = 10;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 4, 100), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 10, 100), 0.4);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 60, 100), 0.4);
  EXPECT_NEAR(learning_rate_at(options, 80, 100), 0.2, 1e-15);
  EXPECT_LT(learning_rate_at(options, 99, 100), 0.001);
}

TEST(Schedule, WarmUpOfTheWholeRunNeverDividesByZero) {
  FitOptions options = with(ScheduleKind::kCosine);
  options.warmup_steps = 10;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 9, 10), 0.4);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 10, 10), 0.4);
}

}  // namespace
}  // namespace gcompress::train

#include "gcompress/compress/training/pruning/time_budget.h"

#include <gtest/gtest.h>

namespace gcompress::compress {
namespace {

TEST(TimeBudget, TakesTheMostEpochsThatFit) {
  const RunPace pace{.step_seconds = 0.01,
                     .epoch_seconds = 0.5,
                     .cut_seconds = 0.02,
                     .epoch_steps = 100,
                     .runs = 2};
  const RunShape shape{.begin = 0.1, .end = 0.6, .every = 50};
  for (const double seconds : {1.0, 10.0, 100.0, 1000.0}) {
    const std::int64_t epochs = epochs_within(pace, shape, seconds);
    if (epochs > 0) {
      EXPECT_LE(seconds_of(pace, shape, epochs), seconds);
    }
    EXPECT_GT(seconds_of(pace, shape, epochs + 1), seconds);
  }
}

TEST(TimeBudget, SumsStepsJudgementsAndCutsOfEveryRun) {
  const RunPace pace{.step_seconds = 0.01,
                     .epoch_seconds = 0.5,
                     .cut_seconds = 0.02,
                     .epoch_steps = 100,
                     .runs = 3};
  // 100 epochs: 10,000 steps, 100 judgements, (0.6 - 0.1) * 10,000 / 50 = 100 cuts.
  EXPECT_NEAR(seconds_of(pace, {.begin = 0.1, .end = 0.6, .every = 50}, 100),
              3 * (100.0 + 50.0 + 2.0), 1e-9);
}

TEST(TimeBudget, HasALimitAndMayHoldNothing) {
  EXPECT_EQ(epochs_within({.step_seconds = 1e-9, .epoch_steps = 1}, {}, 1e6), 1000);
  EXPECT_EQ(epochs_within({.step_seconds = 1, .epoch_steps = 100}, {}, 10), 0);
}

}  // namespace
}  // namespace gcompress::compress

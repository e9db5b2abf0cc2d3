// Counters that wrap, reset, jump and stand still.
#include "gcompress/measure/energy/running_total.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;

TEST(RunningTotal, ManyWrapsAddUp) {
  // 32 bits of 15.3 uJ, as RAPL has it: at 100 W it wraps every 655 s.
  constexpr double kRange = 65536;
  RunningTotal total({.wraps_at_joules = kRange});
  Reading last;
  for (int second = 0; second <= 10'000; second += 10) {
    last = total.add(std::fmod(60'000 + 100.0 * second, kRange), second);
    ASSERT_TRUE(last.value) << last.why_not;
  }
  EXPECT_NEAR(*last.value, 1e6, 1e-3);
}

TEST(RunningTotal, OutOfRangeValuesSpoilOnlyTheirOwnReading) {
  RunningTotal total({.wraps_at_joules = 1000.0});
  ASSERT_TRUE(total.add(10, 0).value);
  for (const double joules :
       {-1.0, 1001.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(total.add(joules, 0.1).value) << joules;
  }
  EXPECT_DOUBLE_EQ(total.add(15, 0.2).value.value(), 5);
}

TEST(RunningTotal, AJumpThatNoProcessorCouldMakeIsFaulty) {
  RunningTotal total({});
  ASSERT_TRUE(total.add(0, 0).value);
  EXPECT_THAT(total.add(1e15, 1).why_not, HasSubstr("jumped"));
  EXPECT_FALSE(total.add(10, 2).value);
}

TEST(RunningTotal, AStepThatIsSeenLateIsNoJump) {
  RunningTotal total({.most_watts = 1000});
  ASSERT_TRUE(total.add(0, 0).value);
  EXPECT_DOUBLE_EQ(total.add(70, 0.001).value.value(), 70);
}

TEST(RunningTotal, AResetThatWouldNeedTooMuchPowerIsNoWrap) {
  RunningTotal total({.wraps_at_joules = 65536.0});
  ASSERT_TRUE(total.add(30'000, 0).value);
  EXPECT_THAT(total.add(10, 1).why_not, HasSubstr("reset"));
}

TEST(RunningTotal, StandingStillIsUnavailableUntilItMoves) {
  RunningTotal total({});
  ASSERT_TRUE(total.add(5, 0).value);
  EXPECT_TRUE(total.add(5, 9).value);
  EXPECT_THAT(total.add(5, 11).why_not, HasSubstr("has not moved"));
  EXPECT_DOUBLE_EQ(total.add(105, 12).value.value(), 100);
}

}  // namespace
}  // namespace gcompress::measure

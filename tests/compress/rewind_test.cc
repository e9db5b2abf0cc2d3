#include "gcompress/compress/pruning/rewind.h"

#include <gtest/gtest.h>

#include "gcompress/compress/pruning/duration.h"
#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

std::int64_t step_of(const std::string& text) {
  return parse_training_place("rewind-to", text).step(/*epoch_steps=*/100, /*steps=*/1000);
}

TEST(TrainingPlace, IsStepsOrEpochsOrAShare) {
  EXPECT_EQ(step_of("0"), 0);
  EXPECT_EQ(step_of("250"), 250);
  EXPECT_EQ(step_of("250 steps"), 250);
  EXPECT_EQ(step_of("2epochs"), 200);
  EXPECT_EQ(step_of("1 epoch"), 100);
  EXPECT_EQ(step_of("0.5 epochs"), 50);
  EXPECT_EQ(step_of("5%"), 50);
  EXPECT_EQ(step_of("5000"), 1000);
}

TEST(TrainingPlace, AnythingElseIsRefused) {
  for (const char* text : {"", "x", "-1", "5 percent", "150%", "nan", "inf", "1e400"}) {
    EXPECT_THROW(step_of(text), Error) << text;
  }
}

TEST(Duration, IsSecondsMinutesHours) {
  EXPECT_EQ(parse_duration("time", "90s"), 90);
  EXPECT_EQ(parse_duration("time", "30m"), 1800);
  EXPECT_EQ(parse_duration("time", "1h30m"), 5400);
  EXPECT_EQ(parse_duration("time", "0.5h"), 1800);
}

TEST(Duration, AnythingElseIsRefused) {
  for (const char* text : {"", "30", "m", "0s", "-5m", "5d", "1h30", "inf s"}) {
    EXPECT_THROW(parse_duration("time", text), Error) << text;
  }
}

}  // namespace
}  // namespace gcompress::compress

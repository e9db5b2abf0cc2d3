// External meters: the lines that they print, and programs that die or talk nonsense.
#include "gcompress/measure/energy/meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/measure/energy/fake_system.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(MeterLines, AReadingIsTheLastSampleAtItsTimeByOurClock) {
  MeterLines lines;
  lines.take("# a watt-meter", 1000);
  lines.take("5.0 100", 1000);
  lines.take("", 1000.5);
  lines.take("  6.0\t160.5 ", 1001.2);
  const Reading reading = lines.read(1001.5);
  EXPECT_DOUBLE_EQ(reading.value.value(), 60.5);
  EXPECT_DOUBLE_EQ(reading.seconds, 1001);
}

TEST(MeterLines, NonsenseBreaksTheMeterForGood) {
  for (const char* line : {"7 eight", "7", "7 8 9", "nan 8", "7 inf", "1e999 3", "7,5 8",
                           "\x1b[31m 3", "3.0 200", "8.0 99", "5000 200"}) {
    MeterLines lines;
    lines.take("5.0 100", 1000);
    lines.take(line, 1001);
    EXPECT_FALSE(lines.read(1001).value) << line;
    lines.take("9.0 300", 1004);
    EXPECT_FALSE(lines.read(1004).value) << line;
    EXPECT_THAT(lines.broken(), HasSubstr("the meter")) << line;
    EXPECT_THAT(lines.broken(), ::testing::Not(HasSubstr("\x1b"))) << line;
  }
}

TEST(MeterLines, AMeterThatFallsSilentIsStale) {
  MeterLines lines;
  EXPECT_FALSE(lines.read(1000).value);
  lines.take("5.0 100", 1000);
  EXPECT_TRUE(lines.read(1004).value);
  EXPECT_THAT(lines.read(1010).why_not, HasSubstr("10 s old"));
}

// Real programs; time passes only as far as they are waited for, so no test depends on its speed.
SensorSearch find_with(const std::string& command) {
  const Clock system = monotonic_clock();
  SensorEnvironment environment;
  environment.meter_command = command;
  environment.clock.now = [] { return 1000.0; };
  environment.clock.sleep = system.sleep;
  return find_meter(environment);
}

TEST(Meter, AProgramIsReadLineByLine) {
  const SensorSearch search = find_with("printf '1 10\\n'; sleep 100");
  ASSERT_EQ(search.found.size(), 1U) << words_of(search);
  EXPECT_EQ(search.found[0].coverage, Coverage::kExternal);
  EXPECT_EQ(search.found[0].read().value, 0.0);
}

TEST(Meter, AProgramThatDiesIsMissingWithItsExitCode) {
  EXPECT_THAT(words_of(find_with("exit 3")), HasSubstr("exit code 3"));
  EXPECT_THAT(words_of(find_with("no-such-program-of-a-meter 2>/dev/null")),
              HasSubstr("exit code 127"));
}

TEST(Meter, AProgramThatTalksNonsenseIsMissing) {
  const SensorSearch search = find_with("echo hello world; sleep 100");
  EXPECT_THAT(search.found, IsEmpty());
  EXPECT_THAT(words_of(search), HasSubstr("'hello world'"));
}

TEST(Meter, AnEndlessLineIsMissing) {
  EXPECT_THAT(words_of(find_with("head -c 100000 /dev/zero; sleep 100")),
              HasSubstr("longer than 4096 bytes"));
}

TEST(Meter, NoneIsMissingWithAWayToGiveOne) {
  EXPECT_THAT(words_of(find_with("")), HasSubstr("--meter"));
}

}  // namespace
}  // namespace gcompress::measure

// Settings: text against rows, and what a typo is told.
#include "gcompress/compress/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

using testing::HasSubstr;

const std::vector<OptionRow>& rows() {
  static const std::vector<OptionRow> table = {
      {.name = "target", .fallback = 0.1, .help = "", .least = 1e-6, .most = 1},
      {.name = "epochs", .fallback = std::int64_t{10}, .help = "", .least = 0, .most = 1000},
      {.name = "method", .fallback = std::string("auto"), .help = "", .choices = {"auto", "never"}},
      {.name = "only", .fallback = std::vector<std::string>{}, .help = ""},
      {.name = "flip", .fallback = false, .help = ""},
  };
  return table;
}

std::string message_of(const std::string& name, const std::string& text) {
  Settings settings(rows());
  try {
    settings.set(rows(), name, text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "no error";
}

TEST(Settings, BeginWithTheDefaults) {
  const Settings settings(rows());
  EXPECT_EQ(settings.number("target"), 0.1);
  EXPECT_EQ(settings.integer("epochs"), 10);
  EXPECT_EQ(settings.text("method"), "auto");
  EXPECT_TRUE(settings.list("only").empty());
  EXPECT_FALSE(settings.flag("flip"));
}

TEST(Settings, ReadEveryKindFromText) {
  Settings settings(rows());
  settings.set(rows(), "target", "0.05");
  settings.set(rows(), "epochs", "3");
  settings.set(rows(), "method", "never");
  settings.set(rows(), "only", "conv1,fc*");
  settings.set(rows(), "flip", "true");
  EXPECT_EQ(settings.number("target"), 0.05);
  EXPECT_EQ(settings.integer("epochs"), 3);
  EXPECT_EQ(settings.text("method"), "never");
  EXPECT_THAT(settings.list("only"), testing::ElementsAre("conv1", "fc*"));
  EXPECT_TRUE(settings.flag("flip"));
}

TEST(Settings, NameTheNearestOptionOfATypo) {
  EXPECT_THAT(message_of("tarjet", "0.1"), HasSubstr("did you mean 'target'?"));
}

TEST(Settings, RefuseWhatIsNoNumber) {
  EXPECT_THAT(message_of("target", "a tenth"), HasSubstr("give a number"));
  EXPECT_THAT(message_of("epochs", "2.5"), HasSubstr("give a whole number"));
  EXPECT_THAT(message_of("target", "nan"), HasSubstr("from 1e-06 to 1"));
}

TEST(Settings, RefuseNumbersOutOfBoundsAndSayTheBounds) {
  EXPECT_THAT(message_of("target", "1.5"), HasSubstr("from 1e-06 to 1"));
  EXPECT_THAT(message_of("target", "0"), HasSubstr("from 1e-06 to 1"));
}

TEST(Settings, ListTheChoices) {
  EXPECT_THAT(message_of("method", "sometimes"), HasSubstr("choose one of auto, never"));
}

TEST(SettingValue, IsWrittenSoThatItReadsBackTheSame) {
  for (const double number : {0.1, 1.0 / 3, 1e-9, 3e-4}) {
    Settings settings(rows());
    settings.resolve("target", number);
    Settings again(rows());
    if (number >= 1e-6) {
      again.set(rows(), "target", to_string(settings.values().at("target")));
      EXPECT_EQ(again.number("target"), number);
    }
  }
}

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string> names = {"target", "epochs"};
  EXPECT_EQ(nearest("zzzzzz", names), "");
  EXPECT_EQ(nearest("epoch", names), "epochs");
}

}  // namespace
}  // namespace gcompress::compress

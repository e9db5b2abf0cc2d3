// "KIND:PATH,KEY=VALUE": paths with commas, misspelt options, bad numbers.
#include "gcompress/core/base/specification.h"

#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"

namespace gcompress {
namespace {

TEST(Specification, SplitsKindPathAndOptions) {
  Specification specification("csv:/data/x.csv,label=class,mean=0.5/1e-3");
  EXPECT_EQ(specification.kind(), "csv");
  EXPECT_EQ(specification.path(), "/data/x.csv");
  EXPECT_EQ(specification.text_of("label", ""), "class");
  EXPECT_EQ(specification.numbers("mean", {}), (std::vector<float>{0.5F, 1e-3F}));
}

TEST(Specification, KeepsCommasAndEqualsSignsOfPaths) {
  EXPECT_EQ(Specification("mnist:/data/v=1/a,b").path(), "/data/v=1/a,b");
  EXPECT_EQ(Specification("npz:./a=b.npz").path(), "./a=b.npz");
  EXPECT_EQ(Specification("npz:C:x").path(), "C:x");
  EXPECT_EQ(Specification("life").path(), "");
  EXPECT_EQ(Specification("life:").path(), "");
}

TEST(Specification, LeavesNoOptionUnread) {
  Specification specification("life:sise=8");
  EXPECT_EQ(specification.integer("size", 16, 1, 64), 16);
  EXPECT_THROW(specification.finish(), Error);
}

TEST(Specification, RefusesWhatIsNoNumber) {
  for (const char* value : {"", "x", "8x", " 8", "1e400", "99999999999999999999", "65", "nan"}) {
    Specification specification(std::string("life:size=") + value);
    EXPECT_THROW(specification.integer("size", 16, 1, 64), Error) << value;
    Specification again(std::string("life:size=") + value);
    EXPECT_THROW(again.number("size", 16, 1, 64), Error) << value;
  }
}

TEST(Specification, RefusesAnOptionGivenTwiceAndStrayItems) {
  EXPECT_THROW(Specification("life:size=8,size=9"), Error);
  EXPECT_THROW(Specification("life:size=8,oops"), Error);
}

}  // namespace
}  // namespace gcompress

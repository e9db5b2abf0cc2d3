// Tables of text.
#include "gcompress/measure/text_table.h"

#include <gtest/gtest.h>

namespace gcompress::measure {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(TextTable, StaysInOnePartWhereItFits) {
  const Rows rows = {{"", "before", "after"}, {"top1", "9", "10"}};
  EXPECT_EQ(align_in_parts(rows, 80), align(rows, 1));
}

TEST(TextTable, WideTablesGoOnBelowWithTheirFirstColumn) {
  const Rows rows = {{"", "aaaa", "bbbb", "cccc"}, {"x", "1", "2", "3"}};
  EXPECT_EQ(align_in_parts(rows, 13),
            "   aaaa  bbbb\n"
            "x     1     2\n"
            "\n"
            "   cccc\n"
            "x     3\n");
}

TEST(TextTable, AColumnThatIsTooWideStandsAlone) {
  const Rows rows = {{"", "aaaaaaaa", "b"}, {"x", "1", "2"}};
  EXPECT_EQ(align_in_parts(rows, 4),
            "   aaaaaaaa\n"
            "x         1\n"
            "\n"
            "   b\n"
            "x  2\n");
}

}  // namespace
}  // namespace gcompress::measure

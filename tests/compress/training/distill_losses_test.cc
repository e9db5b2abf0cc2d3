// The names of losses stand in two tables.
#include <gtest/gtest.h>

#include "gcompress/compress/distillation/losses.h"
#include "gcompress/core/base/error.h"
#include "gcompress/distill/distill.h"

namespace gcompress::compress {
namespace {

TEST(DistillLossTables, HoldTheSameNames) {
  std::vector<std::string> names;
  for (const DistillLoss& row : distill_losses()) names.push_back(row.name);
  EXPECT_EQ(names, distill::loss_names());
}

TEST(ParseLosses, TakesNamesWithAndWithoutWeights) {
  const auto losses = parse_losses({"hint:0.25", "labels"});
  ASSERT_EQ(losses.size(), 2U);
  EXPECT_EQ(losses[0], (std::pair<std::string, double>("hint", 0.25)));
  EXPECT_EQ(losses[1], (std::pair<std::string, double>("labels", 0.3)));
}

TEST(ParseLosses, RefusesWhatMakesNoSense) {
  for (const char* text : {"hint:", "hint:0", "hint:-1", "hint:x", "hint:nan", "hint:1:2"}) {
    EXPECT_THROW(parse_losses({text}), Error) << text;
  }
  EXPECT_THROW(parse_losses({"hint", "hint:2"}), Error);
  EXPECT_THROW(parse_losses({"hont"}), Error);
}

}  // namespace
}  // namespace gcompress::compress

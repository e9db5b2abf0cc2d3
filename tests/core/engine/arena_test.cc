// Placing values in one block.
#include "gcompress/core/engine/arena.h"

#include <gtest/gtest.h>

#include "gcompress/core/base/random.h"

namespace gcompress::engine {
namespace {

TEST(Arena, ValuesThatAreAliveTogetherDoNotOverlap) {
  RandomStream random(1, "arena");
  for (int round = 0; round < 50; ++round) {
    std::vector<Lifetime> values;
    for (int i = 0; i < 40; ++i) {
      const auto first = static_cast<std::size_t>(random.uniform() * 30);
      values.push_back({.elements = static_cast<std::int64_t>(random.uniform() * 1000),
                        .first = first,
                        .last = first + static_cast<std::size_t>(random.uniform() * 8)});
    }
    const Arena arena = lay_out(values);
    for (std::size_t a = 0; a < values.size(); ++a) {
      EXPECT_EQ(arena.offsets[a] % 16, 0);
      EXPECT_LE(arena.offsets[a] + values[a].elements, arena.elements);
      for (std::size_t b = 0; b < a; ++b) {
        const bool together =
            values[a].first <= values[b].last && values[b].first <= values[a].last;
        const bool overlap = arena.offsets[a] < arena.offsets[b] + values[b].elements &&
                             arena.offsets[b] < arena.offsets[a] + values[a].elements;
        EXPECT_FALSE(together && overlap) << a << " " << b;
      }
    }
  }
}

TEST(Arena, ValuesOfAChainShareTwoPlaces) {
  std::vector<Lifetime> chain;
  for (std::size_t i = 0; i < 10; ++i) chain.push_back({.elements = 64, .first = i, .last = i + 1});
  EXPECT_EQ(lay_out(chain).elements, 128);
}

}  // namespace
}  // namespace gcompress::engine

// Random streams and hashes against published values and simple statistics.
#include "gcompress/core/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gcompress/core/base/hash.h"

namespace gcompress {
namespace {

TEST(RandomStream, RepeatsItselfByName) {
  RandomStream one(3, "shuffle", 1, 2);
  RandomStream two(3, "shuffle", 1, 2);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one(), two());
}

TEST(RandomStream, DiffersInEveryPartOfTheName) {
  const std::uint32_t first = RandomStream(3, "shuffle", 1, 2)();
  EXPECT_NE(first, RandomStream(4, "shuffle", 1, 2)());
  EXPECT_NE(first, RandomStream(3, "augment", 1, 2)());
  EXPECT_NE(first, RandomStream(3, "shuffle", 2, 2)());
  EXPECT_NE(first, RandomStream(3, "shuffle", 1, 3)());
}

TEST(RandomStream, IsUniform) {
  // Chi-square over 16 cells of 160,000 draws; 15 degrees of freedom exceed 44.3 once in 10,000.
  RandomStream random(1, "test");
  std::array<double, 16> counts{};
  for (int i = 0; i < 160000; ++i) ++counts[static_cast<std::size_t>(random.uniform() * 16)];
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - 10000) * (count - 10000) / 10000;
  EXPECT_LT(chi_square, 44.3);
}

TEST(RandomStream, NormalHasMeanZeroAndDeviationOne) {
  RandomStream random(2, "test");
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.016);                  // five standard errors
  EXPECT_NEAR(std::sqrt(squares / kDraws), 1, 0.0112);  // five standard errors
}

TEST(RandomStream, BelowStaysBelowAndReachesAll) {
  RandomStream random(5, "test");
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) ++seen.at(static_cast<std::size_t>(random.below(7)));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);  // five standard deviations
}

TEST(Permutation, HoldsEveryNumberOnce) {
  RandomStream random(9, "test");
  std::vector<std::int64_t> order = permutation(1000, random);
  EXPECT_FALSE(std::ranges::is_sorted(order));
  std::ranges::sort(order);
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Sha256, MatchesThePublishedDigestOfAbc) {
  const std::string_view text = "abc";  // FIPS 180-2, appendix B.1
  EXPECT_EQ(sha256(std::as_bytes(std::span(text))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace gcompress

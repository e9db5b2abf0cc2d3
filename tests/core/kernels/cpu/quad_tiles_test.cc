// Rows of quads by tiles against the kernel that runs everywhere, which other tests hold against
// sums one by one.
#include "gcompress/core/kernels/cpu/quad_tiles.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gcompress/core/base/random.h"

namespace gcompress::kernels {
namespace {

constexpr std::uint8_t kUntouched = 77;

// A convolution of `width` taps in a row over planes of n + width - 1 positions; a matrix has one.
struct Case {
  std::int64_t rows = 0, quads = 0, n = 0;
  TapPlaces places;
  QuadRows sparse;
  std::vector<std::uint8_t> x, other;  // [quads][stride][4], [rows / 4][y_stride][4]
  std::vector<std::int32_t> bias;
  std::vector<float> scale;

  std::int64_t y_stride() const { return n + 3; }
  Requantization finish() const {
    return {.bias = bias.data(), .scale = scale.data(), .zero_point = 100, .low = 20, .high = 250};
  }
};

Case make_case(std::int64_t rows, std::int64_t quads, std::int32_t width, std::int64_t n,
               double density, bool extreme = false) {
  RandomStream random(31, "quad tiles");
  Case made{.rows = rows, .quads = quads, .n = n};
  made.places = {.quads = quads, .stride = n + width + 2, .taps = {}};
  for (std::int32_t tap = 0; tap < width; ++tap) made.places.taps.push_back(tap);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t q = 0; q < quads; ++q) {
      for (const std::int32_t tap : made.places.taps) {
        QuadWeights weights{};
        for (std::int8_t& weight : weights) {
          const int any = static_cast<int>(random.below(255)) - 127;
          const int value = extreme ? (random.below(2) == 0 ? 127 : -128) : any;
          if (random.uniform() < density) weight = static_cast<std::int8_t>(value);
        }
        made.sparse.add_tap(static_cast<std::int32_t>(q * made.places.stride) + tap, weights);
      }
    }
    made.sparse.end_row();
  }
  const auto bytes = [&](std::int64_t count) {
    std::vector<std::uint8_t> values(static_cast<std::size_t>(count));
    std::ranges::generate(values, [&] {
      return extreme ? std::uint8_t{255} : static_cast<std::uint8_t>(random.below(256));
    });
    return values;
  };
  made.x = bytes(4 * ((quads - 1) * made.places.stride + n + width - 1) + kTileReadsBeyond);
  made.other = bytes((rows + 3) / 4 * 4 * made.y_stride());
  for (std::int64_t r = 0; r < (rows + 3) / 4 * 4; ++r) {
    made.bias.push_back(static_cast<std::int32_t>(random.below(2000)) - 1000);
    made.scale.push_back(0.0005F + 0.001F * random.uniform());
  }
  return made;
}

// The rows of the range; all others, and what lies between planes, untouched.
void expect_exact(const Case& given, RowRange rows, const Requantization& finish) {
  const QuadTileKernel* kernel = quad_tile_kernel();
  if (kernel == nullptr) GTEST_SKIP() << "no tiles on this processor";
  const QuadKernel& plain = quad_kernels().back();
  const auto size = static_cast<std::size_t>(4 * ((given.rows + 3) / 4) * given.y_stride());
  std::vector<std::uint8_t> expected(size, kUntouched);
  const std::int64_t to = rows.begin * given.y_stride();
  plain.multiply(given.sparse, rows, given.x.data(), given.n, expected.data() + to,
                 given.y_stride(), finish);
  const QuadTiles tiled = tiled_quads(given.sparse, given.places);
  EXPECT_EQ(tiled.tiles(), tiles_of(given.places));
  std::vector<std::uint8_t> y(size, kUntouched);
  kernel->multiply(tiled, rows, given.x.data(), given.n, y.data() + to, given.y_stride(), finish);
  for (std::size_t at = 0; at < size; ++at) {
    const auto position = static_cast<std::int64_t>(at) / 4;
    const std::int64_t row = position / given.y_stride() * 4 + static_cast<std::int64_t>(at) % 4;
    if (row >= given.rows) continue;  // junk
    ASSERT_EQ(y[at], expected[at]) << "row " << row << " position " << position % given.y_stride();
  }
}

TEST(QuadTiles, EqualPlainRowsForAllSizesAndDensities) {
  for (const std::int64_t n : {1, 15, 16, 17, 31, 33, 48, 63, 64, 65, 100, 200}) {
    for (const double density : {0.0, 0.1, 1.0}) {
      const Case given = make_case(40, 5, 3, n, density);
      SCOPED_TRACE(::testing::Message() << n << " " << density);
      expect_exact(given, {0, given.rows}, given.finish());
    }
  }
}

TEST(QuadTiles, AnyCountOfRowsAndQuadsMayBeGiven) {
  for (const std::int64_t rows : {1, 4, 7, 16, 17, 20, 32, 33, 64, 83}) {
    for (const std::int64_t quads : {1, 4, 15, 16, 17, 24, 33, 64}) {
      for (const std::int32_t width : {1, 3}) {
        const Case given = make_case(rows, quads, width, 37, 0.5);
        SCOPED_TRACE(::testing::Message() << rows << " rows, " << quads << " quads, " << width);
        expect_exact(given, {0, given.rows}, given.finish());
      }
    }
  }
}

TEST(QuadTiles, TheLargestInputsTimesTheLargestWeightsAreExact) {
  Case given = make_case(16, 64, 3, 50, 1, true);
  std::ranges::fill(given.scale, 2e-5F);
  expect_exact(given, {0, 16}, given.finish());
  std::ranges::fill(given.scale, 1e6F);  // beyond 32 bits
  expect_exact(given, {0, 16}, given.finish());
}

TEST(QuadTiles, AResidualIsAddedToRoundedCodes) {
  for (const std::int64_t rows : {16, 40}) {
    const Case given = make_case(rows, 6, 3, 45, 0.5);
    Requantization finish = given.finish();
    finish.other = given.other.data();
    finish.other_stride = given.y_stride();
    finish.own_scale = 0.7F;
    finish.other_scale = 0.45F;
    finish.fixed = -20;
    finish.add_low = 3;
    finish.add_high = 200;
    expect_exact(given, {0, rows}, finish);
  }
}

TEST(QuadTiles, WritesItsRangeOfRowsOnly) {
  const Case given = make_case(80, 20, 1, 70, 0.5);
  expect_exact(given, {16, 64}, given.finish());
  expect_exact(given, {64, 80}, given.finish());
}

TEST(QuadTiles, TapsThatFollowTheLastPlaneAreChained) {
  // Three rows of four planes each, of ten positions; two columns.
  const TapPlaces rows{.quads = 4, .stride = 10, .taps = {0, 1, 40, 41, 80, 81}};
  const TapPlaces joined = chained(rows);
  EXPECT_EQ(joined.quads, 12);
  EXPECT_EQ(joined.taps, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(tiles_of(joined), 2);
  // Chains of several lengths stay apart, and so do taps within a plane.
  EXPECT_EQ(chained({.quads = 4, .stride = 10, .taps = {0, 40, 1}}).taps.size(), 3U);
  EXPECT_EQ(chained({.quads = 4, .stride = 10, .taps = {0, 1, 2}}).quads, 4);
}

TEST(QuadTiles, NoRowsAndNoPositionsAreNothing) {
  const QuadTileKernel* kernel = quad_tile_kernel();
  if (kernel == nullptr) GTEST_SKIP() << "no tiles on this processor";
  const Case given = make_case(16, 4, 1, 3, 1);
  const QuadTiles tiled = tiled_quads(given.sparse, given.places);
  std::uint8_t y = kUntouched;
  kernel->multiply(tiled, {0, 16}, given.x.data(), 0, &y, 0, given.finish());
  kernel->multiply(tiled, {16, 16}, given.x.data(), 3, &y, 0, given.finish());
  EXPECT_EQ(y, kUntouched);
}

}  // namespace
}  // namespace gcompress::kernels

// Every kernel of a weight gives the same sums, however its units are shared out; and the one that
// is chosen follows what is kept.
#include "gcompress/core/engine/weight_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/random.h"

namespace gcompress::engine {
namespace {

using Kind = WeightRows::Kind;

kernels::TapRows make_taps(std::int64_t rows, std::int64_t columns, std::int64_t lines,
                           double density) {
  RandomStream random(13, "weight rows");
  kernels::TapRows taps;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      if (random.uniform() < density) {
        taps.add_tap(static_cast<std::int32_t>(c * lines * 16), std::round(3 * random.normal()));
      }
    }
    taps.end_row();
  }
  return taps;
}

TEST(WeightRows, AllKindsAndSharesGiveTheSameSums) {
  const std::int64_t rows = 37;
  const std::int64_t lines = 9;
  const kernels::TapRows taps = make_taps(rows, 50, lines, 0.3);
  RandomStream random(5, "weight rows");
  const auto integers = [&](std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::ranges::generate(values, [&] { return std::round(3 * random.normal()); });
    return values;
  };
  const auto x = integers(50 * lines * 16);
  const auto bias = integers(rows);
  const auto add = integers(rows * lines * 16);
  const WeightRows::Setting setting{
      .lines = lines, .y_stride = lines * 16, .add = true, .low = -20, .high = 25};
  std::vector<float> expected(add.size());
  kernels::multiply_tap_rows(
      taps, {0, rows}, x.data(), lines * 16, expected.data(), lines * 16,
      {.bias = bias.data(), .add = add.data(), .add_stride = lines * 16, .low = -20, .high = 25});
  for (const Kind kind : {Kind::kCode, Kind::kLoop, Kind::kPanels, Kind::kDense}) {
    const WeightRows weight(taps, bias, setting, kind);
    for (const std::int64_t pieces : {1, 2, 3, 7}) {
      std::vector<float> y(add.size(), -99);
      for (std::int64_t piece = pieces - 1; piece >= 0; --piece) {
        weight.run(weight.units() * piece / pieces, weight.units() * (piece + 1) / pieces,
                   {.x = x.data(), .y = y.data(), .add = add.data()});
      }
      EXPECT_EQ(y, expected) << weight.name() << " in " << pieces << " pieces";
    }
  }
}

TEST(WeightRows, FewWeightsAreLeftOutAndManyAreNot) {
  const auto kind_at = [](double density) {
    return WeightRows(make_taps(64, 200, 8, density), {}, {.lines = 8, .y_stride = 128}).kind();
  };
  EXPECT_NE(kind_at(0.1), Kind::kDense);
  EXPECT_EQ(kind_at(1.0), Kind::kDense);
  EXPECT_NE(WeightRows(kernels::TapRows{}, {}, {}).kind(), Kind::kDense) << "nothing to multiply";
}

TEST(WeightRows, CodeThatLeavesTheCacheIsNotMadeForFewColumns) {
  if (!kernels::CompiledRows::possible()) GTEST_SKIP() << "this processor has no AVX-512";
  const auto kind_of = [](std::int64_t network_taps) {
    return WeightRows(make_taps(600, 200, 2, 0.1), {},
                      {.lines = 2, .y_stride = 32, .network_taps = network_taps})
        .kind();
  };
  EXPECT_EQ(kind_of(12'000), Kind::kCode);
  EXPECT_NE(kind_of(1'000'000), Kind::kCode);
}

}  // namespace
}  // namespace gcompress::engine

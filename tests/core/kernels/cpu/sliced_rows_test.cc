// Sliced rows against sums in double, on every instruction set that this processor has.
#include "gcompress/core/kernels/cpu/sliced_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gcompress/core/base/random.h"
#include "tests/core/kernels/cpu/every_target.h"

namespace gcompress::kernels {
namespace {

// Small integers, so that every order of sums is exact.
std::vector<float> integers(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "sliced rows");
  std::vector<float> values(static_cast<std::size_t>(count));
  std::ranges::generate(values, [&] { return std::round(4 * random.normal()); });
  return values;
}

// Every third row is empty, the one behind it full.
TapRows make_rows(std::int64_t rows, std::int64_t k, double density) {
  RandomStream random(9, "sliced rows");
  TapRows made;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < k; ++c) {
      const bool kept = r % 3 == 2 ? false : r % 3 == 0 || random.uniform() < density;
      if (kept) made.add_tap(static_cast<std::int32_t>(c), 1 + std::round(3 * random.normal()));
    }
    made.end_row();
  }
  return made;
}

std::vector<float> expected_of(const TapRows& weight, const std::vector<float>& x,
                               const Epilogue& epilogue) {
  std::vector<float> y;
  for (std::int64_t r = 0; r < weight.rows(); ++r) {
    double sum = epilogue.bias == nullptr ? 0 : epilogue.bias[r];
    for (std::int64_t t = weight.begin[static_cast<std::size_t>(r)];
         t < weight.begin[static_cast<std::size_t>(r) + 1]; ++t) {
      const auto at = static_cast<std::size_t>(t);
      sum +=
          static_cast<double>(weight.values[at]) * x[static_cast<std::size_t>(weight.offsets[at])];
    }
    if (epilogue.add != nullptr) sum += epilogue.add[r * epilogue.add_stride];
    y.push_back(std::clamp(static_cast<float>(sum), epilogue.low, epilogue.high));
  }
  return y;
}

TEST(SlicedRows, EqualSumsInDoubleForAllSizesAndShares) {
  on_every_target([](const char* target) {
    for (const std::int64_t rows : {0, 1, 2, 15, 16, 17, 33, 100}) {
      for (const std::int64_t k : {1, 7, 16, 100}) {
        for (const double density : {0.0, 0.1, 1.0}) {
          const TapRows weight = make_rows(rows, k, density);
          const SlicedRows sliced = slice_rows(weight);
          const auto x = integers(k, 1);
          const auto bias = integers(rows, 2);
          const auto add = integers(2 * rows, 3);
          const Epilogue epilogue{
              .bias = bias.data(), .add = add.data(), .add_stride = 2, .low = -30, .high = 60};
          for (const std::int64_t shares : {1, 3, 8}) {
            std::vector<float> y(static_cast<std::size_t>(rows), -99);
            for (std::int64_t share = shares - 1; share >= 0; --share) {
              multiply_sliced_rows(sliced, slices_of(sliced, share, shares), x.data(), y.data(),
                                   epilogue);
            }
            EXPECT_EQ(y, expected_of(weight, x, epilogue))
                << target << ", " << rows << " x " << k << ", density " << density << ", " << shares
                << " shares";
          }
        }
      }
    }
  });
}

TEST(SlicedRows, SharesAreAlikeInTapsAndCoverAllSlices) {
  const SlicedRows sliced = slice_rows(make_rows(600, 64, 0.2));
  std::int64_t next = 0;
  for (std::int64_t share = 0; share < 4; ++share) {
    const RowRange slices = slices_of(sliced, share, 4);
    EXPECT_EQ(slices.begin, next);
    next = slices.end;
    const auto steps = static_cast<double>(sliced.begin[static_cast<std::size_t>(slices.end)] -
                                           sliced.begin[static_cast<std::size_t>(slices.begin)]);
    EXPECT_NEAR(steps, static_cast<double>(sliced.begin.back()) / 4, 64) << "a slice at each end";
  }
  EXPECT_EQ(next, sliced.slices());
}

TEST(SlicedRows, InputsThatARowDoesNotUseDoNotReachIt) {
  on_every_target([](const char* target) {
    TapRows weight;
    weight.add_tap(1, 2);
    weight.add_tap(2, 1);
    weight.end_row();
    weight.end_row();  // empty
    weight.add_tap(2, 3);
    weight.end_row();
    const SlicedRows sliced = slice_rows(weight);
    const std::vector<float> x = {std::numeric_limits<float>::quiet_NaN(), 5, 7};
    std::vector<float> y(3);
    multiply_sliced_rows(sliced, {0, sliced.slices()}, x.data(), y.data(), {});
    EXPECT_EQ(y, (std::vector<float>{17, 0, 21})) << target;
  });
}

TEST(SlicedRows, ColumnsReachTo65535) {
  on_every_target([](const char* target) {
    TapRows weight;
    weight.add_tap(40'000, 2);
    weight.add_tap(65'535, 3);
    weight.end_row();
    std::vector<float> x(65'536);
    x[40'000] = 10;
    x[65'535] = 1;
    float y = 0;
    multiply_sliced_rows(slice_rows(weight), {0, 1}, x.data(), &y, {});
    EXPECT_EQ(y, 23) << target;
  });
}

}  // namespace
}  // namespace gcompress::kernels

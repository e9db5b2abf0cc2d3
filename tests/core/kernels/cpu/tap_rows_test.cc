// Sparse rows against sums in double, on every instruction set that this processor has.
#include "gcompress/core/kernels/cpu/tap_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/random.h"
#include "tests/core/kernels/cpu/every_target.h"

namespace gcompress::kernels {
namespace {

struct Case {
  TapRows weight;
  std::vector<float> x, bias, add;
  std::int64_t n = 0;
  std::int64_t stride = 0;
};

// Rows of k columns, a share of them kept; small integers, so that every order of sums is exact.
Case make_case(std::int64_t rows, std::int64_t k, std::int64_t n, double density) {
  RandomStream random(7, "tap rows");
  const auto integer = [&random] { return std::round(4 * random.normal()); };
  Case made;
  made.n = n;
  made.stride = n + 3;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < k; ++c) {
      if (random.uniform() < density)
        made.weight.add_tap(static_cast<std::int32_t>(c * n), integer());
    }
    made.weight.end_row();
  }
  const auto fill = [&](std::vector<float>& values, std::int64_t count) {
    values.resize(static_cast<std::size_t>(count));
    std::ranges::generate(values, integer);
  };
  fill(made.x, std::max<std::int64_t>(k, 1) * n);
  fill(made.bias, rows);
  fill(made.add, rows * made.stride);
  return made;
}

std::vector<float> expected_of(const Case& given, const Epilogue& epilogue) {
  std::vector<float> y(static_cast<std::size_t>(given.weight.rows() * given.stride), -99);
  for (std::int64_t r = 0; r < given.weight.rows(); ++r) {
    for (std::int64_t i = 0; i < given.n; ++i) {
      double sum = epilogue.bias == nullptr ? 0 : epilogue.bias[r];
      for (std::int64_t t = given.weight.begin[static_cast<std::size_t>(r)];
           t < given.weight.begin[static_cast<std::size_t>(r) + 1]; ++t) {
        const auto at = static_cast<std::size_t>(t);
        sum += static_cast<double>(given.weight.values[at]) *
               given.x[static_cast<std::size_t>(given.weight.offsets[at] + i)];
      }
      if (epilogue.add != nullptr) sum += epilogue.add[r * epilogue.add_stride + i];
      y[static_cast<std::size_t>(r * given.stride + i)] =
          std::clamp(static_cast<float>(sum), epilogue.low, epilogue.high);
    }
  }
  return y;
}

TEST(TapRows, EqualSumsInDoubleForAllSizesAndDensities) {
  on_every_target([](const char* target) {
    for (const std::int64_t n : {1, 2, 3, 7, 8, 15, 16, 17, 33, 95, 96, 97, 200}) {
      for (const double density : {0.0, 0.1, 0.5, 1.0}) {
        const Case given = make_case(5, 19, n, density);
        Epilogue epilogue{.bias = given.bias.data()};
        std::vector<float> y(static_cast<std::size_t>(5 * given.stride), -99);
        multiply_tap_rows(given.weight, {0, 5}, given.x.data(), n, y.data(), given.stride,
                          epilogue);
        EXPECT_EQ(y, expected_of(given, epilogue)) << target << " n " << n << " " << density;
      }
    }
  });
}

TEST(TapRows, AddAndClampComeLast) {
  on_every_target([](const char* target) {
    const Case given = make_case(4, 11, 37, 0.4);
    const Epilogue epilogue{.bias = given.bias.data(),
                            .add = given.add.data(),
                            .add_stride = given.stride,
                            .low = 0,
                            .high = 6};
    std::vector<float> y(static_cast<std::size_t>(4 * given.stride), -99);
    multiply_tap_rows(given.weight, {0, 4}, given.x.data(), given.n, y.data(), given.stride,
                      epilogue);
    EXPECT_EQ(y, expected_of(given, epilogue)) << target;
  });
}

TEST(TapRows, PlacesThatAreNoResultsBecomeZero) {
  on_every_target([](const char* target) {
    const Case given = make_case(4, 11, 48, 0.4);
    std::vector<std::uint32_t> keep(48, ~std::uint32_t{0});
    for (std::size_t i = 0; i < keep.size(); i += 5) keep[i] = 0;
    std::vector<float> y(static_cast<std::size_t>(4 * given.stride), -99);
    const Epilogue epilogue{.bias = given.bias.data(), .keep = keep.data()};
    multiply_tap_rows(given.weight, {0, 4}, given.x.data(), given.n, y.data(), given.stride,
                      epilogue);
    const std::vector<float> all = expected_of(given, epilogue);
    for (std::int64_t r = 0; r < 4; ++r) {
      for (std::int64_t i = 0; i < 48; ++i) {
        const auto at = static_cast<std::size_t>(r * given.stride + i);
        EXPECT_EQ(y[at], i % 5 == 0 ? 0 : all[at]) << target << " " << r << " " << i;
      }
    }
  });
}

TEST(TapRows, WritesItsRangeOfRowsOnly) {
  const Case given = make_case(6, 9, 20, 0.5);
  std::vector<float> y(static_cast<std::size_t>(6 * given.stride), -99);
  multiply_tap_rows(given.weight, {2, 4}, given.x.data(), given.n, y.data() + 2 * given.stride,
                    given.stride, {});
  const std::vector<float> all = expected_of(given, {});
  for (std::int64_t r = 0; r < 6; ++r) {
    const auto at = static_cast<std::size_t>(r * given.stride);
    EXPECT_EQ(y[at], r == 2 || r == 3 ? all[at] : -99) << r;
  }
}

TEST(TapRows, ReadsNothingBehindTheLastInput) {
  // Under the address sanitizer a read beyond x fails the test.
  on_every_target([](const char*) {
    for (std::int64_t n = 1; n < 40; ++n) {
      const Case given = make_case(2, 3, n, 1);
      std::vector<float> y(static_cast<std::size_t>(2 * given.stride));
      multiply_tap_rows(given.weight, {0, 2}, given.x.data(), n, y.data(), given.stride, {});
      EXPECT_EQ(y[0], expected_of(given, {})[0]);
    }
  });
}

}  // namespace
}  // namespace gcompress::kernels

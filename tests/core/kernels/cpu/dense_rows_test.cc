// Dense rows, matrices by vectors and transpositions, on every instruction set that this processor
// has.
#include "gcompress/core/kernels/cpu/dense_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cpu/sparse_columns.h"
#include "gcompress/core/kernels/cpu/transpose.h"
#include "tests/core/kernels/cpu/every_target.h"

namespace gcompress::kernels {
namespace {

// Small integers, so that every order of sums is exact.
std::vector<float> integers(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "dense rows");
  std::vector<float> values(static_cast<std::size_t>(count));
  std::ranges::generate(values, [&] { return std::round(3 * random.normal()); });
  return values;
}

// A row of `matrix` [rows, k] over columns that lie n apart.
TapRows rows_of(const std::vector<float>& matrix, std::int64_t rows, std::int64_t n) {
  const auto k = static_cast<std::int64_t>(matrix.size()) / std::max<std::int64_t>(1, rows);
  TapRows taps;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < k; ++c) {
      const float value = matrix[static_cast<std::size_t>(r * k + c)];
      if (value != 0) taps.add_tap(static_cast<std::int32_t>(c * n), value);
    }
    taps.end_row();
  }
  return taps;
}

TEST(DenseRows, EqualTheLoopOverTapsForAllSizes) {
  on_every_target([](const char* target) {
    for (const std::int64_t rows : {1, 2, 4, 5, 6, 12, 13, 16, 17, 31}) {
      for (const std::int64_t lines : {1, 2, 3, 5}) {
        const std::int64_t n = 16 * lines;
        const std::int64_t stride = n + 16;
        const TapRows taps = rows_of(integers(rows * 9, 1), rows, n);
        const auto x = integers(9 * n, 2);
        const auto bias = integers(rows, 3);
        const auto add = integers(rows * stride, 4);
        std::vector<std::uint32_t> keep(static_cast<std::size_t>(n), ~std::uint32_t{0});
        keep[3] = 0;
        for (const bool more : {false, true}) {
          Epilogue epilogue{.bias = bias.data()};
          if (more) {
            epilogue = {.bias = bias.data(),
                        .add = add.data(),
                        .add_stride = stride,
                        .low = -9,
                        .high = 20,
                        .keep = keep.data()};
          }
          std::vector<float> expected(static_cast<std::size_t>(rows * stride), -99);
          multiply_tap_rows(taps, {0, rows}, x.data(), n, expected.data(), stride, epilogue);
          const DenseRows dense = pack_dense_rows(taps);
          const auto groups = static_cast<std::int64_t>(dense.groups.size());
          std::vector<float> y(static_cast<std::size_t>(rows * stride), -99);
          // In two parts, each way.
          for (const auto& [first, last] :
               {std::pair(std::int64_t{0}, groups / 2), std::pair(groups / 2, groups)}) {
            multiply_dense_rows(dense, first, last, {0, 16}, x.data(), y.data(), stride, epilogue);
            multiply_dense_rows(dense, first, last, {16, n}, x.data(), y.data(), stride, epilogue);
          }
          EXPECT_EQ(y, expected) << target << ", " << rows << " rows, " << lines << " lines";
        }
      }
    }
  });
}

TEST(MatrixByVectors, EqualTheLoopOverTapsForEachSample) {
  on_every_target([](const char* target) {
    for (const std::int64_t k : {1, 7, 16, 33, 64, 100, 200}) {
      for (const std::int64_t samples : {1, 2, 3, 4, 6}) {
        const auto matrix = integers(5 * k, 5);
        const auto x = integers(samples * k, 6);
        const auto bias = integers(5, 7);
        const auto add = integers(samples * 5, 8);
        const Epilogue epilogue{.bias = bias.data(), .add = add.data(), .low = -40, .high = 50};
        std::vector<float> expected(static_cast<std::size_t>(samples * 5));
        for (std::int64_t s = 0; s < samples; ++s) {
          Epilogue own = epilogue;
          own.add = add.data() + s * 5;
          own.add_stride = 1;
          multiply_tap_rows(rows_of(matrix, 5, 1), {0, 5}, x.data() + s * k, 1,
                            expected.data() + s * 5, 1, own);
        }
        std::vector<float> y(expected.size());
        multiply_matrix_by_vectors(matrix.data(), k, {0, 2}, samples, x.data(), y.data(), 5,
                                   epilogue);
        multiply_matrix_by_vectors(matrix.data(), k, {2, 5}, samples, x.data(), y.data(), 5,
                                   epilogue);
        EXPECT_EQ(y, expected) << target << " k " << k << ", " << samples << " samples";
      }
    }
  });
}

TEST(SparseColumns, EqualTheLoopOverTapsWhateverIsZero) {
  for (const std::int64_t k : {1, 5, 40}) {
    const TapRows taps = rows_of(integers(7 * k, 8), 7, 1);
    const SparseColumns columns = columns_of(taps, k);
    auto x = integers(k, 9);
    const auto bias = integers(7, 10);
    const auto add = integers(7, 11);
    for (const bool zeros : {false, true}) {
      if (zeros) std::ranges::fill(x, 0.0F);
      const Epilogue epilogue{
          .bias = bias.data(), .add = add.data(), .add_stride = 1, .low = -5, .high = 30};
      std::vector<float> expected(7);
      std::vector<float> y(7);
      multiply_tap_rows(taps, {0, 7}, x.data(), 1, expected.data(), 1, epilogue);
      multiply_columns_by_vector(columns, x.data(), y.data(), epilogue);
      EXPECT_EQ(y, expected) << "k " << k << (zeros ? ", all zero" : "");
    }
  }
}

TEST(Transpose, TurnsMatricesOfAllSizesAndBack) {
  on_every_target([](const char* target) {
    for (const std::int64_t rows : {1, 3, 4, 5, 16, 18, 33}) {
      for (const std::int64_t columns : {1, 2, 4, 7, 20}) {
        const std::int64_t stride = (rows + 15) / 16 * 16;
        const auto from = integers(rows * columns, 12);
        std::vector<float> turned(static_cast<std::size_t>(columns * stride), -99);
        transpose(from.data(), columns, rows, columns, turned.data(), stride);
        for (std::int64_t at = 0; at < columns * stride; ++at) {
          const std::int64_t i = at % stride;
          const float expected =
              i < rows ? from[static_cast<std::size_t>(i * columns + at / stride)] : 0;
          ASSERT_EQ(turned[static_cast<std::size_t>(at)], expected)
              << target << " " << rows << " x " << columns << " at " << at;
        }
        std::vector<float> back(from.size());
        transpose_back(turned.data(), stride, rows, columns, back.data(), columns);
        EXPECT_EQ(back, from) << target << " " << rows << " x " << columns;
      }
    }
  });
}

}  // namespace
}  // namespace gcompress::kernels

// Products of dense matrices against the naive ones: sizes around the tiles, either order in
// memory, batches, biases, residuals.
#include <gtest/gtest.h>

#include "gcompress/core/kernels/cuda/dense_product/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::dense_product {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Case {
  int m, n, k;
  int batches = 1;
  bool a_transposed = false;
  bool b_transposed = false;
  bool one_a = false;  // for all batches
  bool extras = false;
  bool integers = true;
};

Matrices matrices(const float* values, int rows, int columns, bool transposed, bool one) {
  return {.values = values,
          .batch = one ? 0 : std::int64_t{rows} * columns,
          .row_step = transposed ? 1 : columns,
          .column_step = transposed ? rows : 1};
}

float at(const std::vector<float>& values, const Matrices& of, int batch, int row, int column) {
  return values[static_cast<std::size_t>(batch * of.batch + row * of.row_step +
                                         column * of.column_step)];
}

void check(const Case& c) {
  const auto count = [](int a, int b, int d = 1) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(d);
  };
  const auto a = inputs(count(c.m, c.k, c.one_a ? 1 : c.batches), c.integers, 1);
  const auto b = inputs(count(c.k, c.n, c.batches), c.integers, 2);
  const auto row_bias = inputs(count(c.m, 1), c.integers, 3);
  const auto column_bias = inputs(count(c.n, 1), c.integers, 4);
  const auto residual = inputs(count(c.m, c.n, c.batches), c.integers, 5);
  const float high = c.extras ? 7 : kInfinity;
  const Array<float> left(a), right(b), rows(row_bias), columns(column_bias), added(residual),
      y(residual.size());
  const Product product{.m = c.m,
                        .n = c.n,
                        .k = c.k,
                        .batches = c.batches,
                        .a = matrices(left.data(), c.m, c.k, c.a_transposed, c.one_a),
                        .b = matrices(right.data(), c.k, c.n, c.b_transposed, false),
                        .y = y.data(),
                        .row_bias = c.extras ? rows.data() : nullptr,
                        .column_bias = c.extras ? columns.data() : nullptr,
                        .residual = c.extras ? added.data() : nullptr,
                        .low = -high,
                        .high = high};
  multiply(product, nullptr);
  Reference expected;
  for (int i = 0; i < c.batches; ++i) {
    for (int r = 0; r < c.m; ++r) {
      for (int j = 0; j < c.n; ++j) {
        double sum = 0;
        double magnitude = 0;
        const auto add = [&](double term) {
          sum += term;
          magnitude += std::abs(term);
        };
        for (int k = 0; k < c.k; ++k) {
          add(double{at(a, product.a, i, r, k)} * at(b, product.b, i, k, j));
        }
        if (c.extras) {
          add(row_bias[static_cast<std::size_t>(r)]);
          add(column_bias[static_cast<std::size_t>(j)]);
          add(residual[count(i * c.m + r, c.n) + static_cast<std::size_t>(j)]);
        }
        expected.values.push_back(std::clamp(sum, double{-high}, double{high}));
        expected.tolerances.push_back((c.k + 4) * std::ldexp(magnitude, -23));
      }
    }
  }
  expect_near(y.to_host(), expected, c.integers, ::testing::PrintToString(c.m));
}

TEST(DenseProduct, SizesAroundTheTiles) {
  check({.m = 1, .n = 1, .k = 1});
  check({.m = 64, .n = 64, .k = 16});
  check({.m = 65, .n = 63, .k = 17, .extras = true});
  check({.m = 3, .n = 130, .k = 40, .extras = true});
  check({.m = 70, .n = 5, .k = 33, .extras = true, .integers = false});
}

TEST(DenseProduct, MatricesInEitherOrder) {
  for (const bool a_transposed : {false, true}) {
    for (const bool b_transposed : {false, true}) {
      check(
          {.m = 33, .n = 34, .k = 35, .a_transposed = a_transposed, .b_transposed = b_transposed});
    }
  }
}

TEST(DenseProduct, BatchesWithOneMatrixForAll) {
  check({.m = 10, .n = 20, .k = 7, .batches = 3});
  check({.m = 10, .n = 20, .k = 7, .batches = 3, .one_a = true, .extras = true});
}

TEST(DenseProduct, WithoutAnyTermsTheBiasIsLeft) {
  const Array<float> bias(std::vector<float>{3, -2}), y(2);
  multiply({.m = 1, .n = 2, .k = 0, .y = y.data(), .column_bias = bias.data(), .low = 0}, nullptr);
  EXPECT_EQ(y.to_host(), (std::vector<float>{3, 0}));
  multiply({}, nullptr);
}

}  // namespace
}  // namespace gcompress::cuda::dense_product

// Rows times a vector, by masks and by tables, against sums in 64 bits, by every kernel that runs
// on this processor.
#include "gcompress/core/kernels/cpu/quad_vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cpu/table_vector.h"

namespace gcompress::kernels {
namespace {

struct Case {
  std::int64_t rows = 0, inputs = 0;
  std::vector<std::int8_t> weights;  // [rows][inputs]
  QuadRows sparse;
  std::vector<std::uint8_t> x;  // whole blocks
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
};

Case make_case(std::int64_t rows, std::int64_t inputs, double density, bool extreme = false) {
  RandomStream random(3, "quad vector");
  Case made{.rows = rows, .inputs = inputs};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t quad = 0; quad < (inputs + 3) / 4; ++quad) {
      QuadWeights weights{};
      for (std::int64_t k = 0; k < std::min<std::int64_t>(4, inputs - 4 * quad); ++k) {
        int value = static_cast<int>(random.below(255)) - 127;
        if (extreme) value = random.below(2) == 0 ? 127 : -128;
        if (random.uniform() >= density) value = 0;
        weights[static_cast<std::size_t>(k)] = static_cast<std::int8_t>(value);
        made.weights.push_back(static_cast<std::int8_t>(value));
      }
      made.sparse.add_tap(static_cast<std::int32_t>(quad), weights);
    }
    made.sparse.end_row();
    made.bias.push_back(static_cast<std::int32_t>(random.below(2000)) - 1000);
    made.scale.push_back(0.001F + 0.003F * random.uniform());
  }
  made.x.resize(static_cast<std::size_t>((inputs + 63) / 64 * 64));
  std::ranges::generate(made.x, [&] {
    return extreme ? std::uint8_t{255} : static_cast<std::uint8_t>(random.below(256));
  });
  return made;
}

std::int64_t sum_of(const Case& given, std::int64_t r) {
  std::int64_t sum = given.bias[static_cast<std::size_t>(r)];
  for (std::int64_t i = 0; i < given.inputs; ++i) {
    sum += given.weights[static_cast<std::size_t>(r * given.inputs + i)] *
           given.x[static_cast<std::size_t>(i)];
  }
  return sum;
}

template <typename Kernel, typename Weight>
void expect_exact(const Kernel& kernel, const Weight& weight, const Case& given) {
  SCOPED_TRACE(kernel.name);
  const std::vector<float> ones(static_cast<std::size_t>(given.rows), 1.0F);
  const Requantization finish{.bias = given.bias.data(),
                              .scale = given.scale.data(),
                              .zero_point = 90,
                              .low = 10,
                              .high = 240};
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(given.rows) + 1, 77);
  std::vector<float> numbers(static_cast<std::size_t>(given.rows) + 1, 77);
  kernel.multiply(weight, {0, given.rows}, given.x.data(), codes.data(), finish);
  kernel.multiply_to_floats(weight, {0, given.rows}, given.x.data(), numbers.data(),
                            {.bias = given.bias.data(), .scale = ones.data()});
  for (std::int64_t r = 0; r < given.rows; ++r) {
    const auto at = static_cast<std::size_t>(r);
    const auto sum = static_cast<float>(sum_of(given, r));
    const double level = std::nearbyint(sum * given.scale[at]) + 90.0;
    ASSERT_EQ(codes[at], static_cast<int>(std::clamp(level, 10.0, 240.0))) << r;
    ASSERT_EQ(numbers[at], sum) << r;
  }
  EXPECT_EQ(codes.back(), 77);
  EXPECT_EQ(numbers.back(), 77);
}

void expect_exact(const Case& given) {
  const MaskedQuads masked = masked_quads(given.sparse, (given.inputs + 3) / 4);
  for (const QuadVectorKernel& kernel : quad_vector_kernels()) {
    if (kernel.runs_here()) expect_exact(kernel, masked, given);
  }
  if (table_vector_kernel() == nullptr) return;
  expect_exact(*table_vector_kernel(), table_rows(given.sparse), given);
}

TEST(QuadVector, EqualsSumsIn64BitsForAllSizesAndDensities) {
  for (const std::int64_t inputs : {1, 3, 4, 63, 64, 65, 128, 200, 784}) {
    for (const std::int64_t rows : {1, 15, 16, 17, 40}) {
      for (const double density : {0.0, 0.1, 0.5, 1.0}) {
        SCOPED_TRACE(::testing::Message() << rows << " x " << inputs << " " << density);
        expect_exact(make_case(rows, inputs, density));
      }
    }
  }
}

TEST(QuadVector, TheLargestInputsTimesTheLargestWeightsDoNotSaturate) {
  expect_exact(make_case(20, 700, 1, true));
}

TEST(QuadVector, WritesItsRangeOfRowsOnly) {
  const Case given = make_case(40, 100, 0.3);
  const MaskedQuads masked = masked_quads(given.sparse, 25);
  for (const QuadVectorKernel& kernel : quad_vector_kernels()) {
    if (!kernel.runs_here()) continue;
    std::vector<std::uint8_t> all(40), part(40, 77);
    const Requantization finish{.bias = given.bias.data(), .scale = given.scale.data()};
    kernel.multiply(masked, {0, 40}, given.x.data(), all.data(), finish);
    kernel.multiply(masked, {13, 31}, given.x.data(), part.data() + 13, finish);
    for (std::size_t r = 0; r < 40; ++r) {
      EXPECT_EQ(part[r], r >= 13 && r < 31 ? all[r] : 77) << kernel.name << " " << r;
    }
  }
}

TEST(TableVector, WritesItsRangeOfRowsOnly) {
  if (table_vector_kernel() == nullptr) GTEST_SKIP() << "no tables on this processor";
  const Case given = make_case(40, 100, 0.3);
  const TableRows rows = table_rows(given.sparse);
  const Requantization finish{.bias = given.bias.data(), .scale = given.scale.data()};
  std::vector<std::uint8_t> all(40), part(40, 77);
  table_vector_kernel()->multiply(rows, {0, 40}, given.x.data(), all.data(), finish);
  table_vector_kernel()->multiply(rows, {16, 31}, given.x.data(), part.data() + 16, finish);
  for (std::size_t r = 0; r < 40; ++r) EXPECT_EQ(part[r], r >= 16 && r < 31 ? all[r] : 77) << r;
}

TEST(TableVector, AStepHoldsFourWeightsOfSixteenRowsWithinABlock) {
  QuadRows rows;
  for (std::int32_t r = 0; r < 17; ++r) {
    rows.add_tap(0, {1, 0, 2, 0});
    if (r == 3) rows.add_tap(1, {1, 2, 3, 4});    // six in the first block: two steps
    if (r == 16) rows.add_tap(16, {0, 0, 0, 5});  // the last row: two blocks
    rows.end_row();
  }
  const TableRows laid = table_rows(rows);
  EXPECT_EQ(laid.begin, (std::vector<std::int64_t>{0, 2, 4}));
  EXPECT_EQ(laid.block, (std::vector<std::int32_t>{0, 0, 0, 1}));
  EXPECT_EQ(laid.places.size(), 4U * 64);
}

}  // namespace
}  // namespace gcompress::kernels

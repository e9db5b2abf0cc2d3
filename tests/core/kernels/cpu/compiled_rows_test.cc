// Rows as machine code against the loop over taps: the same sums, bit for bit in small integers.
#include "gcompress/core/kernels/cpu/compiled_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/random.h"

namespace gcompress::kernels {
namespace {

constexpr std::int64_t kManyTaps = 1 << 20;

struct Case {
  TapRows weight;
  std::vector<float> x, bias, add;
  std::vector<std::uint32_t> keep;
  std::int64_t lines = 0, stride = 0;
};

Case make_case(std::int64_t rows, std::int64_t columns, std::int64_t lines, double density) {
  RandomStream random(11, "compiled rows");
  const auto integer = [&random] { return std::round(4 * random.normal()); };
  Case made{.lines = lines, .stride = lines * kLineFloats + 16};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      if (random.uniform() >= density) continue;
      made.weight.add_tap(static_cast<std::int32_t>(c * lines * kLineFloats + c % 3), integer());
    }
    made.weight.end_row();
  }
  const auto fill = [&](std::vector<float>& values, std::int64_t count) {
    values.resize(static_cast<std::size_t>(count));
    std::ranges::generate(values, integer);
  };
  fill(made.x, (columns + 1) * lines * kLineFloats);
  fill(made.bias, rows);
  fill(made.add, rows * made.stride);
  made.keep.resize(static_cast<std::size_t>(lines * kLineFloats));
  for (std::uint32_t& bits : made.keep) bits = random.uniform() < 0.8F ? ~std::uint32_t{0} : 0;
  return made;
}

std::vector<float> by_loop(const Case& given, const CompiledRows::Setting& setting) {
  std::vector<float> y(given.add.size(), -99);
  multiply_tap_rows(given.weight, {0, given.weight.rows()}, given.x.data(),
                    given.lines * kLineFloats, y.data(), given.stride,
                    {.bias = given.bias.data(),
                     .add = setting.add ? given.add.data() : nullptr,
                     .add_stride = given.stride,
                     .low = setting.low,
                     .high = setting.high,
                     .keep = setting.keep ? given.keep.data() : nullptr});
  return y;
}

std::vector<float> by_code(const Case& given, const CompiledRows& code) {
  std::vector<float> y(given.add.size(), -99);
  for (std::int64_t begin = 0; begin < given.lines; begin += code.lines()) {
    const std::int64_t end = std::min(given.lines, begin + code.lines());
    for (std::int64_t block = 0; block < code.blocks(); ++block) {
      for (std::int64_t group = 0; group < code.groups(); ++group) {
        code.run(block, group,
                 {.x = given.x.data(),
                  .y = y.data(),
                  .add = given.add.data(),
                  .keep = given.keep.data()},
                 begin, end);
      }
    }
  }
  return y;
}

std::unique_ptr<const CompiledRows> compile(const Case& given, CompiledRows::Setting setting) {
  setting.y_stride = given.stride;
  return CompiledRows::compile(given.weight, given.bias, setting, kManyTaps);
}

class CompiledRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!compile(make_case(1, 1, 1, 1), {})) GTEST_SKIP() << "this processor has no AVX-512";
  }
};

TEST_F(CompiledRowsTest, EqualTheLoopForAllSizesAndDensities) {
  for (const std::int64_t rows : {1, 2, 27, 28, 29, 57}) {
    for (const std::int64_t lines : {1, 3, 7}) {
      for (const double density : {0.0, 0.1, 0.6, 1.0}) {
        const Case given = make_case(rows, 23, lines, density);
        const CompiledRows::Setting setting{.lines = 4};
        const auto code = compile(given, setting);
        ASSERT_NE(code, nullptr);
        EXPECT_EQ(by_code(given, *code), by_loop(given, setting))
            << rows << " rows, " << lines << " lines, " << density;
      }
    }
  }
}

TEST_F(CompiledRowsTest, AddClampAndKeepComeLast) {
  const Case given = make_case(30, 40, 5, 0.3);
  for (const bool add : {false, true}) {
    for (const bool keep : {false, true}) {
      const CompiledRows::Setting setting{
          .add = add, .keep = keep, .lines = 2, .low = -3, .high = 6};
      const auto code = compile(given, setting);
      EXPECT_EQ(by_code(given, *code), by_loop(given, setting)) << add << keep;
    }
  }
}

TEST_F(CompiledRowsTest, BlocksOfTapsAddUp) {
  const Case given = make_case(31, 700, 4, 0.1);  // more inputs than the first-level cache takes
  const CompiledRows::Setting setting{.add = true, .keep = true, .lines = 4, .low = 0};
  const auto code = compile(given, setting);
  ASSERT_GT(code->blocks(), 1);
  EXPECT_EQ(by_code(given, *code), by_loop(given, setting));
}

TEST_F(CompiledRowsTest, MoreTapsThanWantedAreNotCompiled) {
  const Case given = make_case(3, 10, 1, 1);
  EXPECT_EQ(CompiledRows::compile(given.weight, given.bias, {.y_stride = given.stride}, 29),
            nullptr);
  EXPECT_NE(CompiledRows::compile(given.weight, given.bias, {.y_stride = given.stride}, 30),
            nullptr);
}

}  // namespace
}  // namespace gcompress::kernels

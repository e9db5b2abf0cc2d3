// The skinny SpMM against the naive product: every entry, odd sizes, empty and full rows, strides.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/config.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::skinny_spmm {
namespace {

struct Case {
  int rows;
  int columns;
  int samples;
  double density = 0.1;
  ValueType type = ValueType::kFloat;
  bool integers = true;
  int padding = 0;  // floats between samples of x and y
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool bias = true;
};

std::vector<float> run(const OwnedMatrix& weight, const Case& c, const std::vector<float>& x,
                       const std::vector<float>& bias) {
  const DeviceMatrix packed(pack(weight.view(), c.type));
  const Array<float> device_x(x);
  const Array<float> device_bias(bias);
  const auto y_stride = static_cast<std::size_t>(c.rows + c.padding);
  // Exactly as large as it must be: what lies behind the last sample's rows does not exist.
  const std::size_t size =
      y_stride * static_cast<std::size_t>(c.samples) - static_cast<std::size_t>(c.padding);
  const Array<float> y(std::vector<float>(size, -99.0F));
  multiply(packed,
           {.x = device_x.data(),
            .y = y.data(),
            .samples = c.samples,
            .x_stride = c.columns + c.padding,
            .y_stride = c.rows + c.padding,
            .bias = c.bias ? device_bias.data() : nullptr,
            .low = c.low,
            .high = c.high},
           nullptr);
  synchronize(nullptr);
  std::vector<float> rows;
  const std::vector<float> all = y.to_host();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % y_stride < static_cast<std::size_t>(c.rows)) {
      rows.push_back(all[i]);
    } else {
      EXPECT_EQ(all[i], -99.0F) << "padding was written";
    }
  }
  return rows;
}

void check(const Case& c) {
  const auto name = ::testing::PrintToString(c.rows) + "x" + ::testing::PrintToString(c.columns) +
                    ", samples " + ::testing::PrintToString(c.samples) + ", type " +
                    ::testing::PrintToString(static_cast<int>(c.type));
  const auto weight = sparse_matrix(c.rows, c.columns, c.density, c.type, c.integers, 1);
  const auto x = inputs(static_cast<std::size_t>((c.columns + c.padding) * c.samples - c.padding),
                        c.integers, 2);
  const auto bias = inputs(static_cast<std::size_t>(c.rows), c.integers, 3);
  const Reference expected =
      multiply_naively(weight.view(), {.x = x.data(),
                                       .samples = c.samples,
                                       .x_stride = c.columns + c.padding,
                                       .bias = c.bias ? bias.data() : nullptr,
                                       .low = c.low,
                                       .high = c.high});
  expect_near(run(weight, c, x, bias), expected, c.integers, name);
}

constexpr ValueType kTypes[] = {ValueType::kFloat, ValueType::kHalf, ValueType::kBfloat16};

TEST(SkinnySpmm, EveryCountOfSamplesIsExactOnIntegers) {
  for (int samples = 1; samples <= kMaxSamples; ++samples) check({37, 300, samples});
}

TEST(SkinnySpmm, EveryFormatIsExactOnIntegersAndCloseOnReals) {
  for (const ValueType type : kTypes) {
    for (const int samples : {1, 2, 4, 8, 16}) {
      check({.rows = 19, .columns = 515, .samples = samples, .type = type});
      check({.rows = 19, .columns = 515, .samples = samples, .type = type, .integers = false});
    }
  }
}

TEST(SkinnySpmm, OddSizesAndStagesOfAllLengths) {
  for (const int columns : {1, 31, 255, 256, 257, 511, 513, 1025, 2049, 4097}) {
    check({.rows = 9, .columns = columns, .samples = 1});
    check({.rows = 9, .columns = columns, .samples = 5});
    check({.rows = 33, .columns = columns, .samples = 16});
  }
  for (const int rows : {1, 7, 8, 31, 32, 33, 65}) check({rows, 260, 3});
}

TEST(SkinnySpmm, DenseAndEmptyMatrices) {
  for (const int samples : {1, 4, 16}) {
    check({.rows = 12, .columns = 600, .samples = samples, .density = 1});
    check({.rows = 5, .columns = 600, .samples = samples, .density = 0, .bias = false});
  }
}

TEST(SkinnySpmm, StridesClampsAndMissingBias) {
  check({.rows = 21, .columns = 270, .samples = 3, .padding = 5});
  check({.rows = 21, .columns = 270, .samples = 3, .low = 0});
  check({.rows = 21, .columns = 270, .samples = 9, .low = 0, .high = 6});
  check({.rows = 21, .columns = 270, .samples = 9, .bias = false});
}

TEST(SkinnySpmm, AnInfinityWhereNoWeightIsStaysOut) {
  OwnedMatrix weight{std::vector<float>(2 * 300), 2, 300};
  weight.values[7] = 2;
  weight.values[300 + 8] = 3;
  std::vector<float> x(300, std::numeric_limits<float>::infinity());
  x[7] = 1;
  const auto y = run(weight, {.rows = 2, .columns = 300, .samples = 1, .bias = false}, x, {0, 0});
  EXPECT_EQ(y[0], 2);
  EXPECT_EQ(y[1], std::numeric_limits<float>::infinity());
}

TEST(SkinnySpmm, NanSurvivesTheClamp) {
  OwnedMatrix weight{{1}, 1, 1};
  const auto y = run(weight, {.rows = 1, .columns = 1, .samples = 1, .low = 0, .high = 6},
                     {std::numeric_limits<float>::quiet_NaN()}, {0});
  EXPECT_TRUE(std::isnan(y[0]));
}

TEST(SkinnySpmm, MoreThanSixteenSamplesAreRefused) {
  const DeviceMatrix packed(pack(OwnedMatrix{{1}, 1, 1}.view(), ValueType::kFloat));
  try {
    multiply(packed, {.samples = 17}, nullptr);
    FAIL() << "17 samples were taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_STREQ(error.what(), "the skinny SpMM has room for 16 samples, not 17");
  }
}

TEST(SkinnySpmm, PackedSizeIsThatOfTheFormat) {
  const auto weight = sparse_matrix(64, 1000, 0.1, ValueType::kHalf, false, 4);
  std::size_t nonzeros = 0;
  for (const float value : weight.values) nonzeros += value != 0;
  const SlabMatrix packed = pack(weight.view(), ValueType::kHalf);
  EXPECT_EQ(packed.nonzeros(), nonzeros);
  EXPECT_EQ(packed.slabs(), 4);
  EXPECT_EQ(packed.bytes(), 3 * nonzeros + 4 * (64 * 4 + 1));
}

// The products of bytes, with scales; compares with sums in whole numbers.
void check_int8(int rows, int columns, int samples, double density = 0.1, int padding = 0) {
  auto weight = sparse_matrix(rows, columns, density, ValueType::kFloat, false, 1);
  for (float& value : weight.values) value = value == 0 ? 0 : rounded(value * 60, ValueType::kInt8);
  weight.values.front() = -127;
  RandomStream random(2, "cuda.bytes");
  const int stride = columns + padding;
  std::vector<std::int8_t> x(static_cast<std::size_t>(stride * samples));
  for (auto& value : x) value = static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128);
  const auto scale = inputs(static_cast<std::size_t>(rows), false, 3);
  const auto bias = inputs(static_cast<std::size_t>(rows), false, 4);
  const DeviceMatrix packed(pack(weight.view(), ValueType::kInt8));
  const Array<std::int8_t> device_x(x);
  const Array<float> device_scale(scale), device_bias(bias),
      y(static_cast<std::size_t>(rows * samples));
  multiply_int8(packed, device_scale.data(),
                {.x = device_x.data(),
                 .y = y.data(),
                 .samples = samples,
                 .x_stride = stride,
                 .y_stride = rows,
                 .bias = device_bias.data(),
                 .low = -1e4F},
                nullptr);
  synchronize(nullptr);
  const auto got = y.to_host();
  for (int n = 0; n < samples; ++n) {
    for (int r = 0; r < rows; ++r) {
      long sum = 0;
      for (int k = 0; k < columns; ++k) {
        sum +=
            static_cast<long>(weight.view().at(r, k)) * x[static_cast<std::size_t>(n * stride + k)];
      }
      const auto row = static_cast<std::size_t>(r);
      // The sum is exact; converting, scaling and adding round once each, or the first two as one.
      const float scaled = scale[row] * static_cast<float>(sum);
      const float expected = std::max(scaled + bias[row], -1e4F);
      ASSERT_NEAR(got[static_cast<std::size_t>(n * rows + r)], expected,
                  1.2e-7F * (std::abs(scaled) + std::abs(bias[row])))
          << rows << "x" << columns << ", sample " << n << " of " << samples << ", row " << r;
    }
  }
}

TEST(SkinnySpmmInt8, EveryCountOfSamplesIsExact) {
  for (int samples = 1; samples <= kMaxSamples; ++samples) check_int8(37, 300, samples);
}

TEST(SkinnySpmmInt8, OddSizesDensitiesAndStrides) {
  for (const int columns : {1, 31, 255, 257, 1025, 4097}) {
    check_int8(9, columns, 1);
    check_int8(33, columns, 16);
  }
  for (const int samples : {1, 2, 4, 8, 16}) {
    check_int8(12, 600, samples, 1.0);
    check_int8(5, 600, samples, 0.0);
    check_int8(21, 270, samples, 0.1, 5);
  }
}

TEST(SkinnySpmmInt8, ARowWhoseSumCouldOverflowIsRefused) {
  const OwnedMatrix weight{std::vector<float>(131072, 1), 1, 131072};
  EXPECT_THROW(pack(weight.view(), ValueType::kInt8), Error);
  EXPECT_NO_THROW(pack(weight.view(), ValueType::kHalf));
}

}  // namespace
}  // namespace gcompress::cuda::skinny_spmm

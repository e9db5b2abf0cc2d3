// The two-of-four SpMM against the naive product, with and without elements that break 2:4.
#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/two_four_spmm/launch.h"
#include "tests/core/kernels/cuda/tensor_cases.h"

namespace gcompress::cuda::two_four_spmm {
namespace {

void check(const TensorCase& c) {
  check_tensor_case(c,
                    [&](const OwnedMatrix& weight, const HalfLinear& linear, const Parts& parts) {
                      const DeviceMatrix packed(pack(weight.view()));
                      multiply(packed, linear, parts, nullptr);
                    });
}

TEST(TwoFourSpmm, EveryTileIsExactOnIntegersAndCloseOnReals) {
  for (const int samples : {16, 32, 64}) {
    check({.rows = 64, .columns = 256, .samples = samples});
    check({.rows = 64, .columns = 256, .samples = samples, .integers = false});
  }
}

TEST(TwoFourSpmm, EveryPatternOfFourNeighbours) {
  // Row r has the pattern r in its fours: from none to all of them.
  OwnedMatrix weight{std::vector<float>(16 * 64), 16, 64};
  for (std::size_t r = 0; r < 16; ++r) {
    for (std::size_t c = 0; c < 64; ++c) {
      if (r >> c % 4 & 1) weight.values[r * 64 + c] = static_cast<float>(c % 7 + 1);
    }
  }
  const TwoFourMatrix packed = pack(weight.view());
  EXPECT_EQ(packed.residual.size(), (4 * 1 + 1 * 2) * 16u);  // four patterns of three, one of four
  const auto x = inputs(16 * 64, true, 1);
  std::vector<std::uint16_t> bits;
  for (const float value : x) bits.push_back(bits_of(value, ValueType::kHalf));
  const Array<std::uint16_t> device_x(bits);
  const Array<float> y(16 * 16);
  multiply(DeviceMatrix(packed),
           {.x = device_x.data(), .y = y.data(), .samples = 16, .x_stride = 64, .y_stride = 16}, {},
           nullptr);
  expect_near(y.to_host(),
              multiply_naively(weight.view(), {.x = x.data(), .samples = 16, .x_stride = 64}), true,
              "patterns");
}

TEST(TwoFourSpmm, AnyNumberOfSamples) {
  for (const int samples : {1, 7, 15, 17, 31, 33, 63, 65, 128}) check({20, 72, samples});
}

TEST(TwoFourSpmm, OddSizes) {
  for (const int rows : {1, 8, 15, 16, 17, 63, 65, 130}) check({rows, 80, 16});
  for (const int columns : {1, 2, 3, 5, 7, 8, 9, 31, 33, 63, 64, 65, 127, 129, 200, 321})
    check({18, columns, 16});
}

TEST(TwoFourSpmm, AllDensities) {
  for (const double density : {0.0, 0.02, 0.5, 1.0}) {
    check({.rows = 48, .columns = 200, .samples = 40, .density = density});
  }
}

TEST(TwoFourSpmm, PartsOfTheColumnsAddUp) {
  for (const int parts : {2, 3, 7}) {
    check({.rows = 70,
           .columns = 300,
           .samples = 20,
           .density = 0.3,
           .parts = parts,
           .low = 0,
           .high = 9});
  }
}

TEST(TwoFourSpmm, BiasClampAndStride) {
  check({.rows = 30, .columns = 64, .samples = 9, .y_padding = 3, .low = 0, .high = 6});
  check({.rows = 30, .columns = 64, .samples = 9, .bias = false});
}

TEST(TwoFourSpmm, ARandomTenthBreaksTwoOfFourForOnePercent) {
  RandomStream random(1, "two_four");
  OwnedMatrix weight{std::vector<float>(256 * 1024), 256, 1024};
  double nonzeros = 0;
  for (float& value : weight.values) {
    value = random.uniform() < 0.1F ? 1.0F : 0.0F;
    nonzeros += value;
  }
  const double share = static_cast<double>(pack(weight.view()).residual.size()) / nonzeros;
  // Binomial (4, 0.1): (0.0036 * 1 + 0.0001 * 2) / 0.4 = 0.0095; four standard deviations of the
  // count are 0.0025.
  EXPECT_NEAR(share, 0.0095, 0.0025);
}

TEST(TwoFourSpmm, SamplesThatAreNotAlignedAreRefused) {
  const DeviceMatrix packed(pack(OwnedMatrix{{1}, 1, 1}.view()));
  EXPECT_THROW(multiply(packed, {.samples = 2, .x_stride = 9}, {}, nullptr), Error);
}

}  // namespace
}  // namespace gcompress::cuda::two_four_spmm

// The bitmap SpMM against the naive product.
#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/bitmap_spmm/launch.h"
#include "gcompress/core/kernels/cuda/tensor_launch.h"
#include "tests/core/kernels/cuda/tensor_cases.h"

namespace gcompress::cuda::bitmap_spmm {
namespace {

void check(const TensorCase& c) {
  check_tensor_case(c,
                    [&](const OwnedMatrix& weight, const HalfLinear& linear, const Parts& parts) {
                      const DeviceMatrix packed(pack(weight.view(), c.type));
                      multiply(packed, linear, parts, nullptr);
                    });
}

TEST(BitmapSpmm, EveryFormatAndTileIsExactOnIntegersAndCloseOnReals) {
  for (const ValueType type : {ValueType::kHalf, ValueType::kBfloat16}) {
    for (const int samples : {16, 32, 64}) {
      check({.rows = 64, .columns = 256, .samples = samples, .type = type});
      check({.rows = 64, .columns = 256, .samples = samples, .type = type, .integers = false});
    }
  }
}

TEST(BitmapSpmm, AnyNumberOfSamples) {
  for (const int samples : {1, 7, 15, 17, 31, 33, 63, 65, 128}) check({20, 72, samples});
}

TEST(BitmapSpmm, OddSizes) {
  for (const int rows : {1, 8, 15, 16, 17, 63, 65, 130}) check({rows, 80, 16});
  for (const int columns : {1, 7, 8, 9, 63, 64, 65, 127, 129, 200, 321}) check({18, columns, 16});
}

TEST(BitmapSpmm, AllDensities) {
  for (const double density : {0.0, 0.02, 0.5, 1.0}) {
    check({.rows = 48, .columns = 200, .samples = 16, .density = density});
  }
}

TEST(BitmapSpmm, PartsOfTheColumnsAddUp) {
  for (const int parts : {2, 3, 7}) {
    check({.rows = 70, .columns = 300, .samples = 20, .parts = parts, .low = 0, .high = 9});
  }
  check({.rows = 16, .columns = 64, .samples = 16, .parts = 4});  // more parts than steps
}

TEST(BitmapSpmm, BiasClampAndStride) {
  check({.rows = 30, .columns = 64, .samples = 9, .y_padding = 3, .low = 0, .high = 6});
  check({.rows = 30, .columns = 64, .samples = 9, .bias = false});
}

TEST(BitmapSpmm, SamplesThatAreNotAlignedAreRefused) {
  const DeviceMatrix packed(pack(OwnedMatrix{{1}, 1, 1}.view(), ValueType::kHalf));
  EXPECT_THROW(multiply(packed, {.samples = 2, .x_stride = 9}, {}, nullptr), Error);
  EXPECT_THROW(multiply(packed, {.samples = 2, .x_stride = 8}, {2, nullptr}, nullptr), Error);
}

TEST(BitmapSpmm, PackedSizeIsABitAnElementAndTwoBytesANonzero) {
  const auto weight = sparse_matrix(64, 1024, 0.1, ValueType::kHalf, false, 4);
  std::size_t nonzeros = 0;
  for (const float value : weight.values) nonzeros += value != 0;
  const BitmapMatrix packed = pack(weight.view(), ValueType::kHalf);
  const std::size_t segments = 4 * 16;
  EXPECT_EQ(packed.bitmaps.size() * 4, 64 * 1024 / 8);
  EXPECT_GE(packed.values.size(), nonzeros);
  EXPECT_LT(packed.values.size(), nonzeros + 8 * segments);
}

TEST(Parts, AreSuggestedUntilMultiprocessorsAreBusy) {
  EXPECT_EQ(tensor_tile::suggested_parts(4096, 4096, 16, 132), 5);
  EXPECT_EQ(tensor_tile::suggested_parts(65536, 4096, 16, 132), 1);
  EXPECT_EQ(tensor_tile::suggested_parts(64, 256, 16, 132), 1);
}

}  // namespace
}  // namespace gcompress::cuda::bitmap_spmm

#include "gcompress/core/graph/weight_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gcompress::graph {
namespace {

TEST(WeightValues, FindsOneBadNumberAnywhere) {
  for (const std::size_t place :
       {std::size_t{0}, std::size_t{4095}, std::size_t{4096}, std::size_t{9999}}) {
    for (const DataType dtype :
         {DataType::kFloat16, DataType::kBfloat16, DataType::kFloat32, DataType::kFloat64}) {
      std::vector<float> values(10000, -1.5F);
      EXPECT_TRUE(all_finite(from_float32(dtype, {10000}, values)));
      values[place] = std::nanf("");
      EXPECT_FALSE(all_finite(from_float32(dtype, {10000}, values)));
      values[place] = -std::numeric_limits<float>::infinity();
      EXPECT_FALSE(all_finite(from_float32(dtype, {10000}, values)));
    }
  }
}

TEST(WeightValues, LargestNumbersAreFinite) {
  EXPECT_TRUE(all_finite(Tensor::scalar(std::numeric_limits<float>::max())));
  EXPECT_TRUE(all_finite(Tensor::scalar(std::numeric_limits<double>::lowest())));
  EXPECT_TRUE(all_finite(Tensor::zeros(DataType::kFloat32, {0})));
}

TEST(WeightValues, MinusZeroIsZero) {
  EXPECT_EQ(count_nonzero(Tensor::from<float>({4}, {0, -0.0F, 1e-40F, -3})), 2);
  EXPECT_EQ(count_nonzero(Tensor::from<std::int8_t>({3}, {0, -128, 1})), 2);
  EXPECT_EQ(count_nonzero(Tensor::from<double>({2}, {-0.0, 1})), 1);
}

TEST(WeightValues, CountsMoreThanABlockHolds) {
  EXPECT_EQ(count_nonzero(Tensor::from({200001}, std::vector<float>(200001, 2))), 200001);
  EXPECT_EQ(count_nonzero(Tensor::from({70000}, std::vector<std::uint8_t>(70000, 1))), 70000);
}

TEST(WeightValues, CountsPackedElements) {
  const Tensor packed(DataType::kInt4, {3}, Bytes::own(std::vector<std::uint8_t>{0x30, 0xF0}));
  EXPECT_EQ(count_nonzero(packed), 1) << "the padding behind the third element does not count";
}

TEST(WeightValues, MasksHoldZeroAndOneLowNumber) {
  EXPECT_TRUE(is_attention_mask(Tensor::from<float>({3}, {0, -1e4F, 0})));
  EXPECT_FALSE(is_attention_mask(Tensor::from<float>({3}, {0, -1e4F, 1})));
  EXPECT_FALSE(is_attention_mask(Tensor::from<float>({2}, {-1e4F, -1e4F})));
  EXPECT_FALSE(is_attention_mask(Tensor::from<float>({2}, {0, -0.5F})));
}

TEST(WeightValues, GridsHoldHalvesButNotOnlyOneOrTwo) {
  std::vector<float> values(32);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 2;
  EXPECT_TRUE(is_grid(Tensor::from({32}, values)));
  values[5] = 0.3F;
  EXPECT_FALSE(is_grid(Tensor::from({32}, values)));
  EXPECT_FALSE(is_grid(Tensor::zeros(DataType::kFloat32, {32})));
  EXPECT_FALSE(is_grid(Tensor::from<float>({4}, {1, 2, 3, 4})));
}

}  // namespace
}  // namespace gcompress::graph

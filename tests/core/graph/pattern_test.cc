// Names of patterns, the matrix behind a weight, and what keeps to a pattern.
#include "gcompress/core/graph/pattern.h"

#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"

namespace gcompress::graph {
namespace {

Weight weight_of(Shape shape, int output_axis, int input_axis) {
  Weight weight;
  weight.id = {"", "w"};
  std::int64_t size = 1;
  for (const std::int64_t dimension : shape) size *= dimension;
  weight.value = Tensor::from<float>(std::move(shape),
                                     std::vector<float>(static_cast<std::size_t>(size), 1.0F));
  weight.layer = "layer";
  weight.output_axis = output_axis;
  weight.input_axis = input_axis;
  return weight;
}

Mask mask_of(const Weight& weight, const std::vector<int>& kept) {
  Mask mask(weight.value.shape(), false);
  for (const int element : kept) mask.set(element, true);
  return mask;
}

TEST(Pattern, NamesAreReadAndWritten) {
  for (const char* text : {"unstructured", "1x4", "8x1", "2:4", "64:2:20", "channel"}) {
    EXPECT_EQ(to_string(parse_pattern(text)), text);
  }
  EXPECT_EQ(to_string(parse_pattern("1x1")), "unstructured");
}

TEST(Pattern, WhatCannotBeReadIsAnErrorThatSaysWhatWould) {
  for (const char* text : {"", "4", "4x", "x4", "2x2", "4:2", "4:4", "0:4", "-1:4", "8:2:3",
                           "1:2:3:4", "2:4 ", "1x99999", "blocks"}) {
    try {
      parse_pattern(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage) << text;
      EXPECT_NE(error.remedy().find("2:4"), std::string::npos);
    }
  }
}

TEST(Pattern, RowsOfAKernelGoTapByTap) {
  const Weight kernel = weight_of({2, 3, 2, 2}, 0, 1);  // [out, in, 2, 2]
  const MatrixView view = *matrix_view(kernel);
  EXPECT_EQ(view.rows, 2);
  EXPECT_EQ(view.columns(), 12);
  EXPECT_EQ(view.element(0, 0), 0);  // tap 0, input 0
  EXPECT_EQ(view.element(0, 1), 4);  // tap 0, input 1
  EXPECT_EQ(view.element(0, 3), 1);  // tap 1, input 0
  EXPECT_EQ(view.element(1, 11), 23);
}

TEST(Pattern, AMatrixMayBeStoredEitherWay) {
  EXPECT_EQ(matrix_view(weight_of({5, 7}, 0, 1))->element(2, 3), 17);
  EXPECT_EQ(matrix_view(weight_of({7, 5}, 1, 0))->element(2, 3), 17);
  EXPECT_EQ(matrix_view(weight_of({1, 7, 5}, 2, 1))->columns(), 7);
  EXPECT_FALSE(matrix_view(weight_of({7, 5}, -1, 0)).has_value());
}

TEST(Pattern, EveryElementHasOnePlaceInTheMatrix) {
  for (const Weight& weight : {weight_of({3, 4, 5, 2}, 0, 1), weight_of({4, 3, 5}, 1, 0),
                               weight_of({6, 7}, 1, 0), weight_of({8, 1, 3, 3}, 0, 1)}) {
    const MatrixView view = *matrix_view(weight);
    std::vector<bool> seen(static_cast<std::size_t>(weight.size()));
    for (std::int64_t row = 0; row < view.rows; ++row) {
      for (std::int64_t column = 0; column < view.columns(); ++column) {
        const auto element = static_cast<std::size_t>(view.element(row, column));
        ASSERT_LT(element, seen.size());
        EXPECT_FALSE(seen[element]);
        seen[element] = true;
      }
    }
  }
}

TEST(Pattern, MisfitsSayWhy) {
  EXPECT_EQ(misfit(parse_pattern("2:4"), weight_of({5, 3}, 0, 1)),
            "3 inputs and taps are fewer than 4");
  EXPECT_EQ(misfit(parse_pattern("8x1"), weight_of({5, 3}, 0, 1)), "5 outputs are fewer than 8");
  EXPECT_EQ(misfit(parse_pattern("2:4"), weight_of({5, 3}, -1, -1)),
            "its inputs or outputs lie along no single axis");
  EXPECT_EQ(misfit(parse_pattern("2:4"), weight_of({5, 3, 3, 3}, 0, 1)), "");
  EXPECT_EQ(misfit(parse_pattern("unstructured"), weight_of({5}, -1, -1)), "");
}

TEST(Pattern, BlocksAreKeptOrDroppedAsAWhole) {
  const Weight weight = weight_of({2, 6}, 0, 1);
  EXPECT_TRUE(follows(parse_pattern("1x4"), weight, mask_of(weight, {0, 1, 2, 3, 10, 11})));
  EXPECT_FALSE(follows(parse_pattern("1x4"), weight, mask_of(weight, {0, 1, 2})));
  EXPECT_TRUE(follows(parse_pattern("2x1"), weight, mask_of(weight, {1, 7})));
  EXPECT_FALSE(follows(parse_pattern("2x1"), weight, mask_of(weight, {1, 8})));
}

TEST(Pattern, NofMCountsAlongTheInputs) {
  const Weight weight = weight_of({2, 8}, 0, 1);
  EXPECT_TRUE(follows(parse_pattern("2:4"), weight, mask_of(weight, {0, 3, 4, 5, 9})));
  EXPECT_FALSE(follows(parse_pattern("2:4"), weight, mask_of(weight, {0, 1, 2})));
  const Weight transposed = weight_of({8, 2}, 1, 0);
  EXPECT_FALSE(follows(parse_pattern("2:4"), transposed, mask_of(transposed, {0, 2, 4})));
}

TEST(Pattern, VNMSharesItsColumns) {
  const Weight weight = weight_of({2, 8}, 0, 1);
  const Pattern pattern = parse_pattern("2:1:8");
  EXPECT_TRUE(follows(pattern, weight, mask_of(weight, {3, 13})));  // columns 3 and 5
  EXPECT_FALSE(follows(pattern, weight, mask_of(weight, {3, 5})));  // two in a row
  const Pattern wide = parse_pattern("2:2:8");
  EXPECT_TRUE(follows(wide, weight, mask_of(weight, {0, 1, 10, 11})));
  EXPECT_FALSE(follows(parse_pattern("2:1:4"), weight, mask_of(weight, {0, 1, 2})));
}

}  // namespace
}  // namespace gcompress::graph

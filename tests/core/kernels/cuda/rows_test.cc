// Operators over rows against the same in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "gcompress/core/kernels/cuda/rows/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::rows {
namespace {

constexpr int kLengths[] = {1, 31, 32, 33, 100};

TEST(Rows, SoftmaxSharesOutOne) {
  for (const int rows : {1, 8, 11}) {
    for (const int length : kLengths) {
      std::vector<float> x = inputs(static_cast<std::size_t>(rows * length), false, 1);
      x[0] = 90;  // exp of it alone would overflow
      const Array<float> from(x), to(x.size());
      softmax(from.data(), to.data(), rows, length, nullptr);
      const std::vector<float> y = to.to_host();
      for (int r = 0; r < rows; ++r) {
        const auto row = x.begin() + r * length;
        double sum = 0;
        for (int i = 0; i < length; ++i) sum += std::exp(double{row[i]});
        for (int i = 0; i < length; ++i) {
          // Sums of `length` terms and some units in the last place of exp.
          ASSERT_NEAR(y[static_cast<std::size_t>(r * length + i)], std::exp(double{row[i]}) / sum,
                      (length + 8) * 1.2e-7)
              << r << " " << i;
        }
      }
    }
  }
  softmax(nullptr, nullptr, 0, 4, nullptr);
}

TEST(Rows, LayerNormHasMeanShiftAndDeviationScale) {
  for (const int length : kLengths) {
    constexpr int kRows = 9;
    const auto size = static_cast<std::size_t>(length);
    const std::vector<float> x = inputs(kRows * size, false, 1);
    const std::vector<float> scale = inputs(size, false, 2);
    const std::vector<float> shift = inputs(size, false, 3);
    const Array<float> from(x), to(x.size()), factor(scale), offset(shift);
    constexpr float kEpsilon = 1e-3F;
    layer_norm({.x = from.data(),
                .scale = factor.data(),
                .shift = offset.data(),
                .y = to.data(),
                .rows = kRows,
                .length = length,
                .epsilon = kEpsilon},
               nullptr);
    const std::vector<float> y = to.to_host();
    for (std::size_t r = 0; r < kRows; ++r) {
      double mean = 0;
      for (std::size_t i = 0; i < size; ++i) mean += x[r * size + i] / double(length);
      double variance = 0;
      for (std::size_t i = 0; i < size; ++i) {
        variance += std::pow(x[r * size + i] - mean, 2) / double(length);
      }
      for (std::size_t i = 0; i < size; ++i) {
        const double z = (x[r * size + i] - mean) / std::sqrt(variance + kEpsilon);
        // Values up to 4 deviations, rounded some dozen times.
        ASSERT_NEAR(y[r * size + i], z * scale[i] + shift[i], 1e-4) << length << " " << i;
      }
    }
  }
}

TEST(Rows, ReductionsGoByTheirPlaces) {
  // Along the middle axis of [3, 70, 4].
  constexpr int kOuter = 3, kTerms = 70, kInner = 4;
  const std::vector<float> x = inputs(kOuter * kTerms * kInner, true, 1);
  std::vector<int> first;
  std::vector<int> places;
  for (int o = 0; o < kOuter; ++o) {
    for (int i = 0; i < kInner; ++i) first.push_back(o * kTerms * kInner + i);
  }
  for (int k = 0; k < kTerms; ++k) places.push_back(k * kInner);
  const Array<float> from(x), to(first.size());
  const Array<int> starts(first), steps(places);
  for (const char* name : {"sum", "mean", "max", "min"}) {
    ASSERT_NE(reduce(name), nullptr);
    reduce(name)({.x = from.data(),
                  .first = starts.data(),
                  .places = steps.data(),
                  .y = to.data(),
                  .count = static_cast<int>(first.size()),
                  .terms = kTerms},
                 nullptr);
    const std::vector<float> y = to.to_host();
    for (std::size_t o = 0; o < first.size(); ++o) {
      std::vector<float> terms;
      for (const int place : places) terms.push_back(x[static_cast<std::size_t>(first[o] + place)]);
      const float sum = std::accumulate(terms.begin(), terms.end(), 0.0F);  // exact: integers
      const std::string kind = name;
      const float expected = kind == "sum"    ? sum
                             : kind == "mean" ? sum / kTerms
                             : kind == "max"  ? *std::ranges::max_element(terms)
                                              : *std::ranges::min_element(terms);
      ASSERT_FLOAT_EQ(y[o], expected) << name << " " << o;
    }
  }
  EXPECT_EQ(reduce("product"), nullptr);
}

}  // namespace
}  // namespace gcompress::cuda::rows

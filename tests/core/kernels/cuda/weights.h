// Weights and inputs for the tests of CUDA kernels.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cuda/reference.h"
#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda {

struct OwnedMatrix {
  std::vector<float> values;
  int rows;
  int columns;
  DenseMatrix view() const { return {values, rows, columns}; }
};

// Values in the format's precision, with about `density` of them not zero. With `integers`, small
// whole numbers, of which sums are exact in every order. Every seventh row is empty, every eleventh
// full.
inline OwnedMatrix sparse_matrix(int rows, int columns, double density, ValueType type,
                                 bool integers, std::uint64_t seed) {
  RandomStream random(seed, "cuda.weights");
  OwnedMatrix matrix{{}, rows, columns};
  for (int r = 0; r < rows; ++r) {
    const double chance = r % 7 == 3 ? 0.0 : r % 11 == 5 ? 1.0 : density;
    for (int c = 0; c < columns; ++c) {
      const bool kept = random.uniform() < chance;
      float value = integers ? static_cast<float>(random.below(9)) - 4 : random.normal();
      if (value == 0) value = 5;
      matrix.values.push_back(kept ? rounded(value, type) : 0.0F);
    }
  }
  return matrix;
}

inline std::vector<float> inputs(std::size_t count, bool integers, std::uint64_t seed) {
  RandomStream random(seed, "cuda.inputs");
  std::vector<float> values(count);
  for (float& value : values) {
    value = integers ? static_cast<float>(random.below(9)) - 4 : random.normal();
  }
  return values;
}

// Exact where the tolerance is 0.
inline void expect_near(const std::vector<float>& got, const Reference& expected, bool exact,
                        const std::string& where) {
  ASSERT_EQ(got.size(), expected.values.size()) << where;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double distance = std::abs(got[i] - expected.values[i]);
    ASSERT_TRUE(distance <= (exact ? 0 : expected.tolerances[i]))
        << where << ": element " << i << " is " << got[i] << ", not " << expected.values[i];
  }
}

}  // namespace gcompress::cuda

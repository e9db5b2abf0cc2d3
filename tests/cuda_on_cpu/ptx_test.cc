// The CPU execution computes what the GPU would: order of blocks, shuffles, barriers, and fragments
// of the tensor cores against plain products of integers, so that a wrong layout cannot hide.
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <bit>
#include <cmath>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cuda/runtime.h"
#include "tests/cuda_on_cpu/runtime.h"
#include "tests/cuda_on_cpu/small_kernels.h"

namespace gcompress::cuda_on_cpu {
namespace {

using cuda::Array;
using cuda::launch_kernel;

constexpr cuda::LaunchShape kOneWarp = {{1}, {32}};

std::vector<int> small_integers(std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, "ptx_test");
  std::vector<int> values(count);
  for (int& value : values) value = static_cast<int>(random.below(15)) - 7;
  return values;
}

template <class Format>
std::vector<uint16_t> bits_of(const std::vector<int>& values) {
  std::vector<uint16_t> bits;
  for (const int value : values) {
    bits.push_back(std::bit_cast<uint16_t>(Format(static_cast<float>(value))));
  }
  return bits;
}

// a [16][k] times the transpose of b [8][k].
template <class T>
std::vector<T> plain_product(const std::vector<int>& a, const std::vector<int>& b, std::size_t k) {
  std::vector<T> c(16 * 8);
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      for (std::size_t t = 0; t < k; ++t)
        c[i * 8 + j] += static_cast<T>(a[i * k + t] * b[j * k + t]);
    }
  }
  return c;
}

TEST(Blocks, RunInAnOrderThatTheSeedDecides) {
  const auto order = [](std::uint64_t seed) {
    set_order_seed(seed - launches());  // the order follows the sum of both
    const Array<int> next(std::vector<int>{0});
    const Array<int> out(std::vector<int>(20, -1));
    launch_kernel<tickets>("tickets", {{20}, {2}}, nullptr, next.data(), out.data());
    return out.to_host();
  };
  const std::vector<int> first = order(1);
  EXPECT_EQ(first, order(1));
  EXPECT_NE(first, order(2));
  std::vector<int> sorted = first;
  std::ranges::sort(sorted);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sorted[static_cast<std::size_t>(i)], i);
}

TEST(Warps, ShufflesAndVotesReachAllLanes) {
  std::vector<float> in(64);
  std::vector<float> expected(64);
  std::vector<unsigned> votes(2);
  for (std::size_t i = 0; i < 64; ++i) {
    in[i] = static_cast<float>(static_cast<int>(i * 7 % 13) - 6);
    if (in[i] > 0) votes[i / 32] |= 1u << i % 32;
  }
  for (std::size_t i = 0; i < 64; ++i) {
    for (std::size_t l = 0; l < 32; ++l) expected[i] += in[i / 32 * 32 + l];
  }
  const Array<float> input(in);
  const Array<float> output(64);
  const Array<unsigned> positive(2);
  launch_kernel<sums_and_votes>("sums", {{1}, {64}}, nullptr, input.data(), output.data(),
                                positive.data());
  EXPECT_EQ(output.to_host(), expected);
  EXPECT_EQ(positive.to_host(), votes);
}

TEST(Blocks, OfTwoDimensionsShareMemory) {
  constexpr int kWidth = 48, kHeight = 32;
  std::vector<float> in(kWidth * kHeight);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i);
  const Array<float> input(in);
  const Array<float> output(in.size());
  launch_kernel<transposes>("transposes", {{kWidth / 16, kHeight / 16}, {16, 16}}, nullptr,
                            input.data(), output.data(), kWidth);
  const std::vector<float> out = output.to_host();
  for (std::size_t y = 0; y < kHeight; ++y) {
    for (std::size_t x = 0; x < kWidth; ++x) EXPECT_EQ(out[x * kHeight + y], in[y * kWidth + x]);
  }
}

TEST(TensorCores, HalfAndBfloat16ProductsAreExactOnIntegers) {
  const auto a = small_integers(16 * 16, 1);
  const auto b = small_integers(8 * 16, 2);
  const Array<float> c(16 * 8);
  const auto expected = plain_product<float>(a, b, 16);
  launch_kernel<product_half>("half", kOneWarp, nullptr,
                              Array<uint16_t>(bits_of<Eigen::half>(a)).data(),
                              Array<uint16_t>(bits_of<Eigen::half>(b)).data(), c.data());
  EXPECT_EQ(c.to_host(), expected);
  launch_kernel<product_bfloat16>("bfloat16", kOneWarp, nullptr,
                                  Array<uint16_t>(bits_of<Eigen::bfloat16>(a)).data(),
                                  Array<uint16_t>(bits_of<Eigen::bfloat16>(b)).data(), c.data());
  EXPECT_EQ(c.to_host(), expected);
}

TEST(TensorCores, Int8ProductsAreExact) {
  const auto a = small_integers(16 * 32, 3);
  const auto b = small_integers(8 * 32, 4);
  const Array<int> c(16 * 8);
  launch_kernel<product_int8>(
      "int8", kOneWarp, nullptr,
      Array<signed char>(std::vector<signed char>(a.begin(), a.end())).data(),
      Array<signed char>(std::vector<signed char>(b.begin(), b.end())).data(), c.data());
  EXPECT_EQ(c.to_host(), plain_product<int>(a, b, 32));
}

TEST(TensorCores, SparseProductsPutStoredElementsIntoTheirPlaces) {
  const auto stored = small_integers(16 * 16, 5);
  const auto b = small_integers(8 * 32, 6);
  std::vector<int> a(16 * 32);
  std::vector<uint16_t> metadata(16 * 2);
  RandomStream random(7, "ptx_test.metadata");
  for (std::size_t row = 0; row < 16; ++row) {
    for (std::size_t group = 0; group < 8; ++group) {
      const auto low = random.below(3);
      const auto high = low + 1 + random.below(3 - low);
      a[row * 32 + group * 4 + low] = stored[row * 16 + group * 2];
      a[row * 32 + group * 4 + high] = stored[row * 16 + group * 2 + 1];
      const auto bits = static_cast<unsigned>(low | high << 2) << group % 4 * 4;
      metadata[row * 2 + group / 4] = static_cast<uint16_t>(metadata[row * 2 + group / 4] | bits);
    }
  }
  const Array<float> c(16 * 8);
  launch_kernel<product_sparse>(
      "sparse", kOneWarp, nullptr, Array<uint16_t>(bits_of<Eigen::half>(stored)).data(),
      Array<uint16_t>(metadata).data(), Array<uint16_t>(bits_of<Eigen::half>(b)).data(), c.data());
  EXPECT_EQ(c.to_host(), plain_product<float>(a, b, 32));
}

TEST(TensorCores, LdmatrixLoadsFragmentsAndTransposes) {
  const auto a = small_integers(16 * 16, 8);
  const auto b = small_integers(16 * 8, 9);  // row-major [16][8]
  std::vector<int> b_columns(8 * 16);
  for (std::size_t k = 0; k < 16; ++k) {
    for (std::size_t n = 0; n < 8; ++n) b_columns[n * 16 + k] = b[k * 8 + n];
  }
  const Array<float> c(16 * 8);
  launch_kernel<product_by_ldmatrix>("ldmatrix", kOneWarp, nullptr,
                                     Array<uint16_t>(bits_of<Eigen::half>(a)).data(),
                                     Array<uint16_t>(bits_of<Eigen::half>(b)).data(), c.data());
  EXPECT_EQ(c.to_host(), plain_product<float>(a, b_columns, 16));
}

TEST(Formats, EveryPatternOf16BitsSurvivesThroughFloat) {
  const Array<float> half(65536), bfloat16(65536);
  const Array<uint16_t> half_back(65536), bfloat16_back(65536);
  launch_kernel<converts>("converts", {{64}, {1024}}, nullptr, half.data(), half_back.data(),
                          bfloat16.data(), bfloat16_back.data());
  const auto halves = half.to_host(), bfloat16s = bfloat16.to_host();
  const auto halves_back = half_back.to_host(), bfloat16s_back = bfloat16_back.to_host();
  EXPECT_EQ(halves[0x3c01], 1.0F + 1.0F / 1024);
  EXPECT_EQ(halves[0x0001], std::ldexp(1.0F, -24));
  EXPECT_EQ(bfloat16s[0x3f81], 1.0F + 1.0F / 128);
  for (std::size_t i = 0; i < 65536; ++i) {
    EXPECT_TRUE(std::isnan(halves[i]) || halves_back[i] == i) << i;
    EXPECT_TRUE(std::isnan(bfloat16s[i]) || bfloat16s_back[i] == i) << i;
  }
}

TEST(Instructions, BytesArePickedMultipliedAndCopiedInPart) {
  const Array<uint32_t> words(std::vector<uint32_t>{0x04030201, 0x08070605, 9, 10});
  const Array<uint32_t> out(7);
  launch_kernel<odds_and_ends>("odds", {{1}, {1}}, nullptr, 0xff020304u, 0x05060708u, words.data(),
                               out.data());
  const auto values = out.to_host();
  EXPECT_EQ(static_cast<int>(values[0]), 10 - 5 + 2 * 6 + 3 * 7 + 4 * 8);
  EXPECT_EQ(values[1], 0x0507ff03u);
  EXPECT_EQ(values[2], 0x04030201u);
  EXPECT_EQ(values[3], 0x05u);
  EXPECT_EQ(values[4], 0u);
  EXPECT_EQ(values[5], 0u);
  EXPECT_EQ(values[6], 0u);
}

}  // namespace
}  // namespace gcompress::cuda_on_cpu

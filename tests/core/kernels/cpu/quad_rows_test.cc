// Sparse rows over quads against sums in 64 bits, by every kernel that runs on this processor.
#include "gcompress/core/kernels/cpu/quad_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "gcompress/core/base/random.h"

namespace gcompress::kernels {
namespace {

// A dense matrix beside its rows of taps; what a tap is is spelled out by the dense one.
struct Case {
  std::int64_t rows = 0, quads = 0, n = 0;
  std::int64_t stride = 0;           // of planes of inputs and outputs, in positions
  std::vector<std::int8_t> weights;  // [rows][4 quads]
  QuadRows sparse;
  std::vector<std::uint8_t> x, other;  // [quads][stride][4], [rows / 4][stride][4]
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
};

enum class Numbers { kAny, kExtreme };

Case make_case(std::int64_t rows, std::int64_t quads, std::int64_t n, double density,
               Numbers numbers = Numbers::kAny) {
  RandomStream random(11, "quad rows");
  Case made{.rows = rows, .quads = quads, .n = n, .stride = n + 3};
  for (std::int64_t i = 0; i < rows * quads * 4; ++i) {
    const int any = static_cast<int>(random.below(255)) - 127;
    const int value = numbers == Numbers::kExtreme ? (random.below(2) == 0 ? 127 : -128) : any;
    made.weights.push_back(static_cast<std::int8_t>(random.uniform() < density ? value : 0));
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t q = 0; q < quads; ++q) {
      const auto* w = made.weights.data() + (r * quads + q) * 4;
      made.sparse.add_tap(static_cast<std::int32_t>(q * made.stride), {w[0], w[1], w[2], w[3]});
    }
    made.sparse.end_row();
  }
  const auto bytes = [&](std::int64_t count) {
    std::vector<std::uint8_t> values(static_cast<std::size_t>(count));
    std::ranges::generate(values, [&] {
      return numbers == Numbers::kExtreme ? std::uint8_t{255}
                                          : static_cast<std::uint8_t>(random.below(256));
    });
    return values;
  };
  // Not a position more than may be read: the last plane ends behind its n-th position.
  made.x = bytes(quads == 0 ? 0 : 4 * ((quads - 1) * made.stride + n));
  made.other = bytes((rows + 3) / 4 * 4 * made.stride);
  for (std::int64_t r = 0; r < rows; ++r) {
    made.bias.push_back(static_cast<std::int32_t>(random.below(2000)) - 1000);
    made.scale.push_back(0.001F + 0.003F * random.uniform());
  }
  return made;
}

std::int64_t sum_of(const Case& given, std::int64_t r, std::int64_t i) {
  std::int64_t sum = given.bias[static_cast<std::size_t>(r)];
  for (std::int64_t c = 0; c < 4 * given.quads; ++c) {
    const auto at = static_cast<std::size_t>((c / 4 * given.stride + i) * 4 + c % 4);
    sum += given.weights[static_cast<std::size_t>(r * 4 * given.quads + c)] * given.x[at];
  }
  return sum;
}

// Rounding as QuantizeLinear's text has it: half to even, then saturation.
int rounded(float value, int zero_point, int low, int high) {
  return static_cast<int>(std::clamp<double>(std::nearbyint(value) + zero_point, low, high));
}

constexpr std::uint8_t kUntouched = 77;

std::vector<std::uint8_t> expected_of(const Case& given, const Requantization& finish) {
  std::vector<std::uint8_t> y(given.other.size(), kUntouched);
  for (std::int64_t r = 0; r < (given.rows + 3) / 4 * 4; ++r) {
    for (std::int64_t i = 0; i < given.n; ++i) {
      const auto at = static_cast<std::size_t>((r / 4 * given.stride + i) * 4 + r % 4);
      y[at] = 0;
      if (r >= given.rows) continue;
      const float scaled =
          static_cast<float>(sum_of(given, r, i)) * given.scale[static_cast<std::size_t>(r)];
      int code = rounded(scaled, finish.zero_point, finish.low, finish.high);
      if (finish.other != nullptr) {
        const float own = std::fma(static_cast<float>(code), finish.own_scale, finish.fixed);
        code = rounded(std::fma(static_cast<float>(finish.other[at]), finish.other_scale, own), 0,
                       finish.add_low, finish.add_high);
      }
      y[at] = static_cast<std::uint8_t>(code);
    }
  }
  return y;
}

Requantization plain_finish(const Case& given) {
  return {.bias = given.bias.data(), .scale = given.scale.data(), .zero_point = 100};
}

std::vector<std::uint8_t> computed(const QuadKernel& kernel, const Case& given,
                                   const Requantization& finish) {
  std::vector<std::uint8_t> y(given.other.size(), kUntouched);
  kernel.multiply(laid_out_for(kernel, given.sparse), {0, given.rows}, given.x.data(), given.n,
                  y.data(), given.stride, finish);
  return y;
}

void with_every_kernel(const std::function<void(const QuadKernel&)>& test) {
  for (const QuadKernel& kernel : quad_kernels()) {
    if (!kernel.runs_here()) continue;
    SCOPED_TRACE(kernel.name);
    test(kernel);
  }
}

TEST(QuadRows, EqualSumsIn64BitsForAllSizesAndDensities) {
  for (const std::int64_t n : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 127, 128, 129, 300}) {
    for (const double density : {0.0, 0.1, 0.5, 1.0}) {
      const Case given = make_case(8, 9, n, density);
      const std::vector<std::uint8_t> expected = expected_of(given, plain_finish(given));
      with_every_kernel([&](const QuadKernel& kernel) {
        EXPECT_EQ(computed(kernel, given, plain_finish(given)), expected) << n << " " << density;
      });
    }
  }
}

TEST(QuadRows, ALastQuadOfFewerRowsIsFilledWithZeros) {
  for (const std::int64_t rows : {1, 2, 3, 5, 6, 7}) {
    const Case given = make_case(rows, 5, 40, 0.6);
    const std::vector<std::uint8_t> expected = expected_of(given, plain_finish(given));
    with_every_kernel([&](const QuadKernel& kernel) {
      EXPECT_EQ(computed(kernel, given, plain_finish(given)), expected) << rows;
    });
  }
}

TEST(QuadRows, TheLargestInputsTimesTheLargestWeightsDoNotSaturate) {
  for (const double density : {0.3, 1.0}) {
    Case given = make_case(4, 64, 50, density, Numbers::kExtreme);
    std::ranges::fill(given.scale, 1e-4F);
    const std::vector<std::uint8_t> expected = expected_of(given, plain_finish(given));
    with_every_kernel([&](const QuadKernel& kernel) {
      EXPECT_EQ(computed(kernel, given, plain_finish(given)), expected);
      std::vector<float> sums(static_cast<std::size_t>(4 * given.n));
      const std::vector<float> ones(4, 1.0F);
      kernel.multiply_to_floats(laid_out_for(kernel, given.sparse), {0, 4}, given.x.data(), given.n,
                                sums.data(), given.n,
                                {.bias = given.bias.data(), .scale = ones.data()});
      for (std::int64_t i = 0; i < 4 * given.n; ++i) {
        ASSERT_EQ(sums[static_cast<std::size_t>(i)],
                  static_cast<float>(sum_of(given, i / given.n, i % given.n)));
      }
    });
  }
}

TEST(QuadRows, SharedTapsGiveTheSameCodes) {
  for (const std::int64_t rows : {1, 4, 7, 12}) {
    for (const std::int64_t n : {3, 16, 61, 96, 97, 128, 150}) {
      for (const double density : {0.0, 0.1, 0.4, 1.0}) {
        Case given = make_case(rows, 9, n, density);
        const std::vector<std::uint8_t> expected = expected_of(given, plain_finish(given));
        const QuadRows own = given.sparse;
        for (const int least : {1, 2, 4}) {
          given.sparse = share_taps(own, least);
          EXPECT_EQ(given.sparse.shared.empty() && least == 1, own.taps.empty() && least == 1);
          with_every_kernel([&](const QuadKernel& kernel) {
            EXPECT_EQ(computed(kernel, given, plain_finish(given)), expected)
                << rows << " rows, n " << n << " " << density << " " << least;
          });
        }
      }
    }
  }
}

TEST(QuadRows, SharedTapsDoNotSaturateAndTakeResiduals) {
  Case given = make_case(4, 64, 50, 1, Numbers::kExtreme);
  std::ranges::fill(given.scale, 1e-4F);
  given.sparse = share_taps(given.sparse, 1);
  Requantization finish = plain_finish(given);
  finish.other = given.other.data();
  finish.other_stride = given.stride;
  finish.own_scale = 0.7F;
  finish.other_scale = 0.2F;
  finish.fixed = -20;
  const std::vector<std::uint8_t> expected = expected_of(given, finish);
  with_every_kernel(
      [&](const QuadKernel& kernel) { EXPECT_EQ(computed(kernel, given, finish), expected); });
}

TEST(QuadRows, SplitPairsNeverLeave16Bits) {
  const Case given = make_case(4, 64, 1, 0.7);
  const QuadRows split = split_pairs(given.sparse);
  EXPECT_GT(split.taps.size(), given.sparse.taps.size());
  const auto weight = [](const QuadTap& tap, int k) {
    return static_cast<int>(static_cast<std::int8_t>(tap.weights >> (8 * k)));
  };
  for (const QuadTap& tap : split.taps) {
    for (const int k : {0, 2}) {
      const int a = weight(tap, k);
      const int b = weight(tap, k + 1);
      EXPECT_LE(255 * (std::max(a, 0) + std::max(b, 0)), 32767);
      EXPECT_GE(255 * (std::min(a, 0) + std::min(b, 0)), -32768);
    }
  }
}

TEST(QuadRows, AResidualIsAddedToRoundedCodes) {
  const Case given = make_case(7, 6, 45, 0.5);
  Requantization finish = plain_finish(given);
  finish.other = given.other.data();
  finish.other_stride = given.stride;
  finish.own_scale = 0.7F;
  finish.other_scale = 0.45F;
  finish.fixed = -20;
  finish.add_low = 3;
  finish.add_high = 200;
  const std::vector<std::uint8_t> expected = expected_of(given, finish);
  with_every_kernel([&](const QuadKernel& kernel) {
    // Rows beyond the last are of no meaning behind an addition: compare those that there are.
    const std::vector<std::uint8_t> y = computed(kernel, given, finish);
    for (std::size_t at = 0; at < y.size(); ++at) {
      const auto position = static_cast<std::int64_t>(at) / 4;
      const std::int64_t r = position / given.stride * 4 + static_cast<std::int64_t>(at) % 4;
      if (r < given.rows) {
        ASSERT_EQ(y[at], expected[at]) << at;
      }
    }
  });
}

TEST(QuadRows, CodesAreClampedAndHalvesGoToEven) {
  Case given = make_case(4, 4, 64, 1);
  std::ranges::fill(given.scale, 0.5F);  // every second sum lies between two codes
  std::ranges::fill(given.weights, std::int8_t{1});
  given.sparse = {};
  for (int r = 0; r < 4; ++r) {
    for (std::int32_t q = 0; q < 4; ++q) {
      given.sparse.add_tap(q * static_cast<std::int32_t>(given.stride), {1, 1, 1, 1});
    }
    given.sparse.end_row();
    given.bias[static_cast<std::size_t>(r)] = -1950 - r;
  }
  Requantization finish = plain_finish(given);
  finish.low = 100;
  finish.high = 160;
  const std::vector<std::uint8_t> expected = expected_of(given, finish);
  EXPECT_NE(std::ranges::count(expected, 100), 0);
  EXPECT_NE(std::ranges::count(expected, 160), 0);
  with_every_kernel(
      [&](const QuadKernel& kernel) { EXPECT_EQ(computed(kernel, given, finish), expected); });
}

TEST(QuadRows, WritesItsRangeOfRowsOnly) {
  const Case given = make_case(16, 5, 20, 0.5);
  const std::vector<std::uint8_t> all = expected_of(given, plain_finish(given));
  with_every_kernel([&](const QuadKernel& kernel) {
    std::vector<std::uint8_t> y(all.size(), kUntouched);
    const auto quad = static_cast<std::size_t>(4 * given.stride);
    kernel.multiply(laid_out_for(kernel, given.sparse), {4, 12}, given.x.data(), given.n,
                    y.data() + quad, given.stride, plain_finish(given));
    for (std::size_t at = 0; at < y.size(); ++at) {
      const bool inside = at >= quad && at < 3 * quad;
      ASSERT_EQ(y[at], inside ? all[at] : kUntouched) << at;
    }
  });
}

TEST(QuadRows, ManyPlanesGiveTheSameInNarrowerPieces) {
  Case given = make_case(4, 200, 130, 0.2);
  const std::vector<std::uint8_t> expected = expected_of(given, plain_finish(given));
  for (const std::int64_t planes : {1, 100, 200, 5000}) {
    given.sparse.planes = planes;
    with_every_kernel([&](const QuadKernel& kernel) {
      EXPECT_EQ(computed(kernel, given, plain_finish(given)), expected) << planes;
    });
  }
}

TEST(QuadRows, NoRowsAndNoPositionsAreNothing) {
  with_every_kernel([](const QuadKernel& kernel) {
    std::uint8_t y = kUntouched;
    kernel.multiply({}, {0, 0}, nullptr, 5, &y, 0, {});
    const Case given = make_case(4, 2, 3, 1);
    kernel.multiply(given.sparse, {0, 4}, given.x.data(), 0, &y, 0, plain_finish(given));
    EXPECT_EQ(y, kUntouched);
  });
}

}  // namespace
}  // namespace gcompress::kernels

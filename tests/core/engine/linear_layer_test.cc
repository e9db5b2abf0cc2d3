// Linear layers: every way gives the naive sums, and the one that is chosen follows what is kept.
#include "gcompress/core/engine/linear_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/engine/linear_rates.h"

namespace gcompress::engine {
namespace {

// Small integers, so that every order of sums is exact.
std::vector<float> integers(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "linear layer");
  std::vector<float> values(static_cast<std::size_t>(count));
  std::ranges::generate(values, [&] { return std::round(3 * random.normal()); });
  return values;
}

LinearLayer make_layer(std::int64_t samples, std::int64_t inputs, std::int64_t outputs,
                       double density, int threads) {
  RandomStream random(3, "linear layer");
  LinearLayer layer{.samples = samples, .inputs = inputs, .outputs = outputs, .threads = threads};
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      if (random.uniform() < density) {
        layer.taps.add_tap(static_cast<std::int32_t>(i), 1 + std::round(3 * random.normal()));
      }
    }
    layer.taps.end_row();
  }
  layer.bias = integers(outputs, 5);
  return layer;
}

std::vector<float> expected_of(const LinearLayer& layer, const std::vector<float>& x,
                               const std::vector<float>& add) {
  std::vector<float> y;
  for (std::int64_t s = 0; s < layer.samples; ++s) {
    for (std::int64_t o = 0; o < layer.outputs; ++o) {
      double sum = layer.bias[static_cast<std::size_t>(o)];
      for (std::int64_t t = layer.taps.begin[static_cast<std::size_t>(o)];
           t < layer.taps.begin[static_cast<std::size_t>(o) + 1]; ++t) {
        const auto at = static_cast<std::size_t>(t);
        sum += static_cast<double>(layer.taps.values[at]) *
               x[static_cast<std::size_t>(s * layer.inputs + layer.taps.offsets[at])];
      }
      if (layer.fused.add) sum += add[static_cast<std::size_t>(s * layer.outputs + o)];
      y.push_back(std::clamp(static_cast<float>(sum), layer.fused.low, layer.fused.high));
    }
  }
  return y;
}

// With and without what is fused, with normal inputs and with zeros.
void expect_naive_sums(const LinearLayer& given, LinearWay way) {
  for (const bool fused : {false, true}) {
    LinearLayer layer = given;
    if (fused) layer.fused = {.add = true, .low = -20, .high = 50};
    auto x = integers(layer.samples * layer.inputs, 6);
    if (fused)
      std::fill(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size()) * 9 / 10, 0.0F);
    const auto add = integers(layer.samples * layer.outputs, 7);
    const std::vector<float> expected = expected_of(layer, x, add);
    const Kernel kernel = linear_kernel(layer, way);
    std::vector<float> y(expected.size(), -99);
    std::vector<float> scratch(static_cast<std::size_t>(kernel.scratch), -77);
    const std::vector<const float*> inputs = {x.data(), nullptr, add.data()};
    float* output = y.data();
    kernel.run({.inputs = inputs, .outputs = {&output, 1}, .scratch = scratch.data()});
    EXPECT_EQ(y, expected) << kernel.facts.name << ", " << layer.samples << " samples, "
                           << layer.inputs << " to " << layer.outputs << ", " << layer.threads
                           << " threads" << (fused ? ", fused" : "");
  }
}

TEST(LinearLayer, EveryWayGivesTheNaiveSums) {
  for (const std::int64_t samples : {1, 2, 3, 4, 5, 8, 9, 16, 17, 33, 64, 65, 130}) {
    for (const double density : {0.0, 0.1, 1.0}) {
      const LinearLayer layer = make_layer(samples, 37, 83, density, 1);
      if (samples == 1) expect_naive_sums(layer, LinearWay::kSlices);
      if (samples <= 8) expect_naive_sums(layer, LinearWay::kMatrix);
      expect_naive_sums(layer, LinearWay::kPanels);
      expect_naive_sums(layer, LinearWay::kRows);
    }
  }
}

TEST(LinearLayer, ThreadsShareAllOfTheWork) {
  for (const int threads : {2, 3, 4}) {
    for (const std::int64_t samples : {1, 7, 70}) {
      const LinearLayer layer = make_layer(samples, 300, 1'111, 0.2, threads);
      if (samples == 1) expect_naive_sums(layer, LinearWay::kSlices);
      if (samples <= 8) expect_naive_sums(layer, LinearWay::kMatrix);
      expect_naive_sums(layer, LinearWay::kPanels);
      expect_naive_sums(layer, LinearWay::kRows);
    }
  }
}

TEST(LinearLayer, FewWeightsAreLeftOutAndManyAreNot) {
  for (const std::int64_t samples : {1, 4, 16, 64}) {
    const auto name_at = [&](double density) {
      return linear_kernel(make_layer(samples, 300, 400, density, 1)).facts.name;
    };
    EXPECT_EQ(name_at(0.05).substr(0, 11), "sparse rows") << samples;
    EXPECT_TRUE(name_at(1) == "matrix by a vector" || name_at(1).substr(0, 10) == "dense rows")
        << samples << ": " << name_at(1);
  }
}

TEST(LinearLayer, OneSampleOfVeryManyInputsIsNotGathered) {
  LinearLayer layer{.samples = 1, .inputs = 70'000, .outputs = 2};
  layer.taps.add_tap(69'999, 2);
  layer.taps.end_row();
  layer.taps.end_row();
  layer.bias = {1, -1};
  const Kernel kernel = linear_kernel(layer);
  EXPECT_EQ(kernel.facts.name, "sparse rows, panels");
  std::vector<float> x(70'000);
  x.back() = 5;
  std::vector<float> y(2);
  std::vector<float> scratch(static_cast<std::size_t>(kernel.scratch));
  const float* input = x.data();
  float* output = y.data();
  kernel.run({.inputs = {&input, 1}, .outputs = {&output, 1}, .scratch = scratch.data()});
  EXPECT_EQ(y, (std::vector<float>{11, -1}));
}

TEST(LinearRates, EstimatesGrowWithWhatIsDone) {
  const LinearWork few{.samples = 16, .inputs = 100, .outputs = 200, .taps = 2'000};
  LinearWork more = few;
  more.taps *= 2;
  EXPECT_GT(panel_rows_nanoseconds(more), panel_rows_nanoseconds(few));
  more.samples = 64;
  EXPECT_GT(panel_rows_nanoseconds(more), 2 * panel_rows_nanoseconds(few));
  EXPECT_GT(dense_rows_nanoseconds(200, 100, 4), 2 * dense_rows_nanoseconds(200, 100, 1));
  EXPECT_GT(sliced_rows_nanoseconds(few), 0);
  EXPECT_GT(matrix_by_vectors_nanoseconds(few), 0);
}

TEST(LinearRates, PanelsHoldAllSamplesWithLittleRoomToSpare) {
  for (std::int64_t samples = 1; samples < 300; ++samples) {
    const std::int64_t width = panel_width(samples);
    const std::int64_t held = (samples + width - 1) / width * width;
    EXPECT_GE(held, padded_samples(samples)) << samples;
    EXPECT_LT(held - samples, 16 * ((samples + 63) / 64)) << samples;
    EXPECT_LE(width, 64) << samples;
  }
}

}  // namespace
}  // namespace gcompress::engine

// Histograms in bounded memory, and ranges out of them.
#include "gcompress/quantize/calibrators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "gcompress/core/base/random.h"
#include "tests/support/scratch.h"

namespace gcompress::quantize {
namespace {

using testing::thrown_by;

std::vector<float> normal_numbers(std::size_t count, float spread, float mean = 0) {
  RandomStream random(5, "numbers");
  std::vector<float> values(count);
  for (float& value : values) value = mean + spread * random.normal();
  return values;
}

Histogram histogram_of(const std::vector<float>& values) {
  Histogram histogram;
  EXPECT_TRUE(histogram.add(values));
  return histogram;
}

TEST(Histogram, CountsEveryNumberInItsBin) {
  const std::vector<float> values = normal_numbers(5000, 2);
  const Histogram histogram = histogram_of(values);
  for (std::size_t bin = 0; bin < histogram.bins().size(); ++bin) {
    const auto inside = std::ranges::count_if(values, [&](float value) {
      return value >= histogram.begin(bin) && value < histogram.begin(bin + 1);
    });
    ASSERT_EQ(histogram.bins()[bin], inside) << bin;
  }
  EXPECT_EQ(histogram.low(), *std::ranges::min_element(values));
  EXPECT_EQ(histogram.high(), *std::ranges::max_element(values));
}

TEST(Histogram, MemoryIsBoundedHoweverFarAndManyTheNumbers) {
  Histogram histogram;
  std::int64_t count = 0;
  for (int round = 0; round < 60; ++round) {
    const std::vector<float> values = normal_numbers(1000, std::ldexp(1.0F, round - 30));
    ASSERT_TRUE(histogram.add(values));
    count += 1000;
    ASSERT_LE(static_cast<std::int64_t>(histogram.bins().size()), Histogram::kMostBins);
    const auto bins = histogram.bins();
    ASSERT_EQ(std::accumulate(bins.begin(), bins.end(), std::int64_t{0}) + histogram.zeros(),
              count);
  }
  EXPECT_GT(histogram.bins().size(), 1000U);  // and not by giving up all detail
}

TEST(Histogram, DoesNotDependOnTheOrderOfBatches) {
  const std::vector<float> small = normal_numbers(700, 0.01F);
  const std::vector<float> large = normal_numbers(700, 30, 50);
  Histogram first = histogram_of(small);
  ASSERT_TRUE(first.add(large));
  Histogram second = histogram_of(large);
  ASSERT_TRUE(second.add(small));
  EXPECT_EQ(first.width(), second.width());
  EXPECT_TRUE(std::ranges::equal(first.bins(), second.bins()));
  EXPECT_EQ(first.begin(0), second.begin(0));
}

TEST(Histogram, RefusesWhatIsNoNumberAndStaysAsItWas) {
  Histogram histogram = histogram_of({1, 2, 3});
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_FALSE(histogram.add(std::vector<float>{4, bad}));
  }
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_EQ(histogram.high(), 3);
}

TEST(Histogram, ZerosAloneHaveARangeOfZero) {
  const Histogram histogram = histogram_of(std::vector<float>(10, 0.0F));
  for (const CalibratorRow& row : calibrators()) {
    const Range range = row.range(histogram, {});
    EXPECT_EQ(range.low, 0) << row.name;
    EXPECT_EQ(range.high, 0) << row.name;
  }
}

TEST(Calibrators, RangesHoldZeroAndLieWithinTheExtremes) {
  for (const float mean : {-20.0F, 0.0F, 20.0F}) {
    const Histogram histogram = histogram_of(normal_numbers(4000, 3, mean));
    for (const CalibratorRow& row : calibrators()) {
      for (const auto type :
           {graph::ActivationType::kUint8, graph::ActivationType::kInt8Symmetric}) {
        const Range range = row.range(histogram, {.percentile = 99, .activations = type});
        EXPECT_LE(range.low, 0) << row.name;
        EXPECT_GE(range.high, 0) << row.name;
        EXPECT_GE(range.low, histogram.low()) << row.name;
        EXPECT_LE(range.high, histogram.high()) << row.name;
      }
    }
  }
}

TEST(Calibrators, MinMaxKeepsAll) {
  const Range range = calibrator("min-max").range(histogram_of({-1, 0.5F, 7}), {});
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, 7);
}

TEST(Calibrators, PercentileCutsItsShareAtEachEnd) {
  std::vector<float> values = normal_numbers(20000, 1);
  const Range range = calibrator("percentile").range(histogram_of(values), {.percentile = 99});
  const auto beyond = [&](auto&& out) {
    return static_cast<double>(std::ranges::count_if(values, out)) / 20000;
  };
  EXPECT_NEAR(beyond([&](float value) { return value > range.high; }), 0.01, 0.001);
  EXPECT_NEAR(beyond([&](float value) { return value < range.low; }), 0.01, 0.001);
}

double squared_error(const std::vector<float>& values, const Range& range) {
  const auto quantization = graph::quantization_of_range(range.low, range.high);
  double sum = 0;
  for (const float value : values) {
    sum += std::pow(value - graph::rounded_to(value, quantization), 2);
  }
  return sum;
}

// A thousand ordinary numbers for each far one: what ruins min-max.
std::vector<float> with_outliers() {
  std::vector<float> values = normal_numbers(20000, 1);
  for (std::size_t i = 0; i < values.size(); i += 4000) values[i] = 60;
  return values;
}

TEST(Calibrators, MseErrsLessThanEveryOtherRange) {
  const std::vector<float> values = with_outliers();
  const Histogram histogram = histogram_of(values);
  const double best = squared_error(values, calibrator("mse").range(histogram, {}));
  for (const CalibratorRow& row : calibrators()) {
    EXPECT_LE(best, 1.02 * squared_error(values, row.range(histogram, {}))) << row.name;
  }
  for (int percent = 10; percent <= 100; percent += 5) {
    const float t = 60 * static_cast<float>(percent) / 100;
    EXPECT_LE(best, 1.02 * squared_error(values, {std::max(histogram.low(), -t), t})) << percent;
  }
}

TEST(Calibrators, EntropyCutsLonelyNumbersOff) {
  const Histogram histogram = histogram_of(with_outliers());
  const Range range = calibrator("entropy").range(histogram, {});
  EXPECT_LT(range.high, 20);
  EXPECT_GT(range.high, 3);
}

TEST(Calibrators, EntropyKeepsAnEvenDistributionWhole) {
  std::vector<float> values(10000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 10000;
  EXPECT_GT(calibrator("entropy").range(histogram_of(values), {}).high, 0.9F);
}

TEST(Calibrators, AnUnknownNameListsThoseThereAre) {
  EXPECT_THAT(thrown_by([] { calibrator("median"); }),
              ::testing::HasSubstr("min-max, percentile, entropy, mse"));
}

}  // namespace
}  // namespace gcompress::quantize

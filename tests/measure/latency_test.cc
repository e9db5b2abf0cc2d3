// Latency on networks whose times are known.
#include "gcompress/measure/latency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/base/random.h"

namespace gcompress::measure {
namespace {

// Times around `milliseconds`, a tenth of them twice that; `drift` makes each call slower.
struct FakeNetwork {
  double milliseconds = 1;
  double drift = 0;
  std::int64_t calls = 0;
  std::vector<std::string>* order = nullptr;
  std::string name = {};

  TimedNetwork timed() {
    return {.executor = "fake", .times = [this](std::int64_t runs) {
              if (order != nullptr) order->push_back(name);
              RandomStream random(7, "latency test", static_cast<std::uint64_t>(++calls), 0);
              std::vector<double> seconds;
              for (std::int64_t i = 0; i < runs; ++i) {
                const double noise = 1 + 0.01 * random.uniform();
                const double slow = random.uniform() < 0.1 ? 2 : 1;
                seconds.push_back(1e-3 * milliseconds * noise * slow *
                                  (1 + drift * static_cast<double>(calls)));
              }
              return seconds;
            }};
  }
};

TEST(Latency, GivesQuantilesWithIntervalsAndTheThroughputOfABatch) {
  FakeNetwork network;
  const std::vector<TimedNetwork> networks = {network.timed()};
  const LatencyResult result = measure_latency(networks, 8, {}, {}).front();
  EXPECT_EQ(result.runs, static_cast<std::int64_t>(result.milliseconds.size()));
  EXPECT_NEAR(*result.median.value, 1.006, 0.003);
  EXPECT_NEAR(*result.p99.value, 2.01, 0.03);
  ASSERT_TRUE(result.median.interval && result.p90.interval);
  EXPECT_LT(result.median.interval->low, 1.006);
  EXPECT_GT(result.median.interval->high, 1.004);
  EXPECT_NEAR(*result.throughput.value, 8 / 1.1055e-3, 100);
  EXPECT_LT(result.throughput.interval->low, *result.throughput.value);
}

TEST(Latency, VisitsForthAndBackSoThatADriftCancelsInTheRatio) {
  std::vector<std::string> order;
  FakeNetwork before{.milliseconds = 1, .drift = 0.01, .order = &order, .name = "b"};
  FakeNetwork after{.milliseconds = 0.5, .drift = 0.01, .order = &order, .name = "a"};
  const std::vector<TimedNetwork> networks = {before.timed(), after.timed()};
  const auto results = measure_latency(networks, 1, {.visits = 4}, {});
  const std::vector<std::string> visits(order.begin() + 2, order.end());  // behind the warm-up
  EXPECT_THAT(visits, ::testing::ElementsAre("b", "a", "a", "b", "b", "a", "a", "b"));
  const Figure ratio = latency_ratio(results[0], results[1]);
  EXPECT_NEAR(*ratio.value, 0.5, 0.002);
  EXPECT_TRUE(ratio.interval->low <= 0.501 && ratio.interval->high >= 0.499);
}

TEST(Latency, GivesNoRatioOfNetworksThatWereNotMeasuredAlike) {
  FakeNetwork network;
  const std::vector<TimedNetwork> networks = {network.timed()};
  const LatencyResult four = measure_latency(networks, 1, {.visits = 4}, {}).front();
  const LatencyResult six = measure_latency(networks, 1, {.visits = 6}, {}).front();
  EXPECT_FALSE(latency_ratio(four, six).value.has_value());
  EXPECT_FALSE(latency_ratio({}, {}).value.has_value());
}

TEST(Latency, DoesFewRunsOfASlowNetwork) {
  FakeNetwork network{.milliseconds = 4000};
  const std::vector<TimedNetwork> networks = {network.timed()};
  const LatencyResult result = measure_latency(networks, 1, {}, {}).front();
  EXPECT_EQ(result.runs, 20);                     // one a visit
  EXPECT_FALSE(result.p99.interval.has_value());  // 20 runs cannot bound it
}

}  // namespace
}  // namespace gcompress::measure

// Clusters against a naive k-means, and what sharing leaves of a network.
#include "gcompress/quantize/share_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/weight_values.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::quantize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::NetworkBuilder;
using testing::thrown_by;

std::vector<float> sparse_values(std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, "share test");
  std::vector<float> values(count);
  for (float& value : values) {
    const float drawn = 0.1F * random.normal();
    value = random.uniform() < 0.3F ? drawn : 0.0F;
  }
  return values;
}

// Each value to its nearest mean (the upper one of two), each mean anew, until nothing moves.
std::vector<double> naive_means(const std::vector<float>& values, std::size_t k) {
  double low = std::numeric_limits<double>::max();
  double high = -low;
  for (const float value : values) {
    if (value == 0) continue;
    low = std::min<double>(low, value);
    high = std::max<double>(high, value);
  }
  std::vector<double> means(k);
  for (std::size_t i = 0; i < k; ++i) {
    means[i] = low + (high - low) / static_cast<double>(k - 1) * static_cast<double>(i);
  }
  std::vector<std::size_t> nearest(values.size(), k);
  for (bool moved = true; moved;) {
    moved = false;
    std::vector<double> sums(k);
    std::vector<double> counts(k);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] == 0) continue;
      std::size_t best = 0;
      for (std::size_t j = 1; j < k; ++j) {
        if (std::abs(values[i] - means[j]) <= std::abs(values[i] - means[best])) best = j;
      }
      moved = moved || nearest[i] != best;
      nearest[i] = best;
      sums[best] += values[i];
      counts[best] += 1;
    }
    for (std::size_t j = 0; j < k; ++j) {
      if (counts[j] > 0) means[j] = sums[j] / counts[j];
    }
  }
  std::vector<double> used;
  for (std::size_t j = 0; j < k; ++j) {
    if (std::ranges::count(nearest, j) > 0) used.push_back(means[j]);
  }
  return used;
}

TEST(ShareCluster, MeansAreThoseOfNaiveKMeans) {
  for (const std::size_t k : {2U, 3U, 16U, 50U}) {
    const std::vector<float> values = sparse_values(2000, k);
    const Clusters clusters = cluster(values, k);
    const std::vector<double> naive = naive_means(values, k);
    ASSERT_EQ(clusters.centroids.size(), naive.size()) << k;
    for (std::size_t i = 0; i < naive.size(); ++i) {
      EXPECT_NEAR(clusters.centroids[i], naive[i], 1e-7) << k;  // a float's rounding
    }
  }
}

TEST(ShareCluster, EachValueIsWithItsNearestMeanAndZerosAreWithNone) {
  const std::vector<float> values = sparse_values(5000, 1);
  const Clusters clusters = cluster(values, 8);
  double squared_distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) {
      EXPECT_EQ(clusters.of_value[i], -1);
      continue;
    }
    const float own = clusters.centroids.at(static_cast<std::size_t>(clusters.of_value[i]));
    for (const float other : clusters.centroids) {
      EXPECT_LE(std::abs(values[i] - own), std::abs(values[i] - other) + 1e-7F);
    }
    squared_distance += (static_cast<double>(values[i]) - own) * (values[i] - own);
  }
  EXPECT_NEAR(clusters.squared_distance, squared_distance, 1e-9);
  EXPECT_GT(clusters.iterations, 1);
}

TEST(ShareCluster, FewValuesStayAsTheyAre) {
  const std::vector<float> values = {3, -1, 0, 3, 0.5F, -0.0F};
  const Clusters clusters = cluster(values, 3);
  EXPECT_THAT(clusters.centroids, ElementsAre(-1, 0.5F, 3));
  EXPECT_THAT(clusters.of_value, ElementsAre(2, 0, -1, 2, 1, -1));
  EXPECT_EQ(clusters.different, 3);
  EXPECT_EQ(clusters.squared_distance, 0);
}

TEST(ShareCluster, OneClusterIsTheMeanAndNothingMakesNone) {
  EXPECT_THAT(cluster(std::vector<float>{1, 2, 6}, 1).centroids, ElementsAre(3));
  EXPECT_TRUE(cluster(std::vector<float>{0, 0}, 4).centroids.empty());
  EXPECT_TRUE(cluster(std::vector<float>{}, 4).centroids.empty());
}

TEST(ShareCluster, AMeanOfZeroBecomesAMember) {
  EXPECT_THAT(cluster(std::vector<float>{-1, 1}, 1).centroids, ElementsAre(-1));
}

graph::Network small_network() {
  NetworkBuilder b({-1, 2, 8, 8}, 3);
  b.node("Relu", "r", {b.conv("c", "x", {8, 2, 3, 3}, true, 1)});
  b.node("Flatten", "flat", {"r"});
  b.gemm("g", "flat", 512, 10);
  return b.finish("g", {-1, 10});
}

const Tensor& weight_of(const graph::Network& network, const std::string& name) {
  const auto found = std::ranges::find(network.graph.initializers, name, &graph::Initializer::name);
  return found->value;
}

std::size_t different(const Tensor& tensor) {
  const auto values = tensor.as<float>();
  return std::set<float>(values.begin(), values.end()).size();
}

TEST(Share, KernelsAndOtherWeightsHaveTheirOwnNumberOfValues) {
  const graph::Network network = small_network();
  const Shared shared = share_weights(network, {.kernel_bits = 4, .other_bits = 2}, {});
  EXPECT_LE(different(weight_of(shared.network, "c.weight")), 16U);
  EXPECT_GT(different(weight_of(shared.network, "c.weight")), 4U);
  EXPECT_LE(different(weight_of(shared.network, "g.weight")), 4U);
  EXPECT_TRUE(identical(weight_of(shared.network, "c.bias"), weight_of(network, "c.bias")));
  const SharedWeight& kernel = shared.weights.at({"", "c.weight"});
  EXPECT_EQ(kernel.bits, 4);
  EXPECT_EQ(kernel.nonzero, 144);
  EXPECT_GT(kernel.relative_distance, 0);
  EXPECT_LT(kernel.relative_distance, 0.2);
}

TEST(Share, ZerosStayAndNothingElseBecomesZero) {
  graph::Network network = small_network();
  graph::Mask mask({10, 512}, true);
  for (std::int64_t i = 0; i < mask.size(); i += 3) mask.set(i, false);
  network = graph::apply_masks(network, {{{"", "g.weight"}, mask}});
  const graph::Masks zeros = graph::masks_of_zeros(network);
  EXPECT_EQ(graph::masks_of_zeros(share_weights(network, {}, {}).network), zeros);
}

TEST(Share, SharingAgainChangesNothing) {
  const Shared once = share_weights(small_network(), {.kernel_bits = 3, .other_bits = 3}, {});
  const Shared twice = share_weights(once.network, {.kernel_bits = 3, .other_bits = 3}, {});
  for (const auto& [id, weight] : twice.weights) {
    EXPECT_EQ(weight.relative_distance, 0);
    EXPECT_TRUE(identical(weight_of(once.network, id.tensor), weight_of(twice.network, id.tensor)));
  }
}

TEST(Share, RefusesWhatMakesNoSense) {
  EXPECT_THAT(thrown_by([] { share_weights(small_network(), {.kernel_bits = 0}, {}); }),
              HasSubstr("give 1 to 16"));
  EXPECT_THAT(thrown_by([] { share_weights(small_network(), {.other_bits = 17}, {}); }),
              HasSubstr("give 1 to 16"));
  NetworkBuilder b({-1, 4}, 1);
  b.node("Relu", "y", {"x"});
  EXPECT_THAT(thrown_by([&] { share_weights(b.finish("y", {-1, 4}), {}, {}); }),
              HasSubstr("no floating-point weights to share"));
}

}  // namespace
}  // namespace gcompress::quantize

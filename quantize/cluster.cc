// K-means in one dimension.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "gcompress/core/base/error.h"
#include "gcompress/quantize/share_weights.h"

namespace gcompress::quantize {
namespace {

// Against rounding that turns in a circle; real weights take some tens to hundreds.
constexpr std::int64_t kMostIterations = 10'000;

// Sorted values that are not zero, and their running sums.
struct SortedValues {
  std::vector<float> values;
  std::vector<double> sums;  // of the first i values

  explicit SortedValues(std::span<const float> all) {
    std::ranges::copy_if(all, std::back_inserter(values), [](float value) { return value != 0; });
    std::ranges::sort(values);
    sums.resize(values.size() + 1);
    std::inclusive_scan(values.begin(), values.end(), sums.begin() + 1, std::plus<>(), 0.0);
  }

  double mean(std::size_t begin, std::size_t end) const {
    return (sums[end] - sums[begin]) / static_cast<double>(end - begin);
  }
};

std::vector<float> different_values(const std::vector<float>& sorted) {
  std::vector<float> different;
  std::ranges::unique_copy(sorted, std::back_inserter(different));
  return different;
}

// From the smallest value to the largest.
std::vector<double> spread_evenly(const std::vector<float>& sorted, std::size_t k) {
  const double low = sorted.front();
  const double step = (sorted.back() - low) / static_cast<double>(std::max<std::size_t>(k - 1, 1));
  std::vector<double> centroids(k, (low + sorted.back()) / 2);
  for (std::size_t i = 0; k > 1 && i < k; ++i) centroids[i] = low + step * static_cast<double>(i);
  return centroids;
}

// Where each cluster begins among the sorted values, and the end of the last. A value halfway
// between two centroids goes to the upper one.
std::vector<std::size_t> runs_of(const std::vector<float>& sorted,
                                 const std::vector<double>& centroids) {
  std::vector<std::size_t> begins = {0};
  for (std::size_t i = 1; i < centroids.size(); ++i) {
    const double middle = (centroids[i - 1] + centroids[i]) / 2;
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), middle);
    begins.push_back(static_cast<std::size_t>(found - sorted.begin()));
  }
  begins.push_back(sorted.size());
  return begins;
}

// As a float that is not zero.
float representative(const SortedValues& sorted, std::size_t begin, std::size_t end) {
  const auto mean = static_cast<float>(sorted.mean(begin, end));
  if (mean != 0) return mean;
  const auto members = std::span(sorted.values).subspan(begin, end - begin);
  return *std::ranges::min_element(members, {}, [](float value) { return std::abs(value); });
}

// The clusters' means, those without members left out.
std::vector<float> lloyd(const SortedValues& sorted, std::size_t k, std::int64_t& iterations,
                         std::vector<float>& upper_ends) {
  std::vector<double> centroids = spread_evenly(sorted.values, k);
  std::vector<std::size_t> begins;
  for (iterations = 0; iterations < kMostIterations; ++iterations) {
    std::vector<std::size_t> next = runs_of(sorted.values, centroids);
    if (next == begins) break;
    begins = std::move(next);
    for (std::size_t i = 0; i < k; ++i) {
      if (begins[i] < begins[i + 1]) centroids[i] = sorted.mean(begins[i], begins[i + 1]);
    }
  }
  std::vector<float> means;
  for (std::size_t i = 0; i < k; ++i) {
    if (begins[i] == begins[i + 1]) continue;
    means.push_back(representative(sorted, begins[i], begins[i + 1]));
    upper_ends.push_back(sorted.values[begins[i + 1] - 1]);
  }
  return means;
}

}  // namespace

Clusters cluster(std::span<const float> values, std::size_t k) {
  GCOMPRESS_CHECK(k > 0);
  Clusters result;
  result.of_value.assign(values.size(), -1);
  const SortedValues sorted(values);
  if (sorted.values.empty()) return result;
  std::vector<float> upper_ends = different_values(sorted.values);  // the last member of each
  result.different = static_cast<std::int64_t>(upper_ends.size());
  if (upper_ends.size() <= k) {
    result.centroids = upper_ends;
  } else {
    upper_ends.clear();
    result.centroids = lloyd(sorted, k, result.iterations, upper_ends);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    const auto found = std::ranges::lower_bound(upper_ends, values[i]);
    const auto index = found - upper_ends.begin();
    result.of_value[i] = static_cast<std::int32_t>(index);
    const double distance = static_cast<double>(values[i]) - result.centroids[index];
    result.squared_distance += distance * distance;
  }
  return result;
}

}  // namespace gcompress::quantize

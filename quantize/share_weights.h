// Weight sharing by k-means: all weights of a tensor take one of a few values.
//
// Han et al. 2015, Deep Compression, section 3: the weights of a tensor that are not zero are split
// into k clusters that minimise the squared distance to their means (eq. 2); means begin spread
// evenly from the smallest weight to the largest (section 3.2), which keeps the rare large ones.
// Zeros stay zeros and belong to no cluster: what is pruned stays pruned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::quantize {

struct Clusters {
  std::vector<float> centroids;  // ascending; only those that have members
  // Of each value, in the order given: its index in centroids, or -1 for a zero.
  std::vector<std::int32_t> of_value;
  std::int64_t different = 0;   // values that are not zero
  double squared_distance = 0;  // of values to their centroids, summed
  std::int64_t iterations = 0;
};

// Lloyd's algorithm in one dimension, exact: values are sorted once, clusters are runs of them, and
// sums come from prefix sums in double precision, so an iteration costs k log n. It ends when no
// value changes its cluster. Where there are at most k different values, each is its own centroid.
// Values must be finite, k at least 1. A centroid is never zero: a mean that rounds to it becomes
// the member nearest to it.
Clusters cluster(std::span<const float> values, std::size_t k);

struct ShareOptions {
  // Bits of a cluster's index: a kernel of a convolution has up to 2^kernel_bits values, any other
  // weight up to 2^other_bits. Han et al. section 5 take 8 and 5. 1 to 16.
  int kernel_bits = 8;
  int other_bits = 5;
};

struct SharedWeight {
  std::string layer;
  Shape shape;
  std::int64_t nonzero = 0;
  int bits = 0;
  Clusters clusters;
  // ||w - shared|| / ||w||
  double relative_distance = 0;
};

struct Shared {
  graph::Network network;
  std::map<graph::WeightId, SharedWeight> weights;
};

// Shares the values of all prunable floating weights, a codebook for each tensor; biases,
// normalisation and fixed filter banks stay. Throws Error(kUsage) for bits outside 1..16,
// Error(kUnsupported) where there is no weight to share, Error(kInput) for weights that are not
// finite.
Shared share_weights(const graph::Network& network, const ShareOptions& options,
                     const RunContext& context);

}  // namespace gcompress::quantize

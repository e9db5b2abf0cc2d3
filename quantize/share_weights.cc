// Sharing the values of a network's weights.
#include "gcompress/quantize/share_weights.h"

#include <cmath>

#include "gcompress/core/base/error.h"

namespace gcompress::quantize {
namespace {

void check(const ShareOptions& options) {
  for (const int bits : {options.kernel_bits, options.other_bits}) {
    if (bits < 1 || bits > 16) {
      throw_usage(std::to_string(bits) + " bits cannot number the values of a weight",
                  "give 1 to 16");
    }
  }
}

SharedWeight share_weight(const graph::Weight& weight, const ShareOptions& options) {
  SharedWeight shared;
  shared.layer = weight.layer;
  shared.shape = weight.value.shape();
  shared.bits =
      weight.role == graph::WeightRole::kKernel ? options.kernel_bits : options.other_bits;
  const std::vector<float> values = to_float32(weight.value);
  shared.clusters = cluster(values, std::size_t{1} << shared.bits);
  double norm = 0;
  for (const float value : values) {
    if (value == 0) continue;
    ++shared.nonzero;
    norm += static_cast<double>(value) * value;
  }
  shared.relative_distance = norm > 0 ? std::sqrt(shared.clusters.squared_distance / norm) : 0;
  return shared;
}

// Zeros keep their sign.
Tensor value_of(const graph::Weight& weight, const Clusters& clusters) {
  std::vector<float> values = to_float32(weight.value);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int32_t index = clusters.of_value[i];
    if (index >= 0) values[i] = clusters.centroids[static_cast<std::size_t>(index)];
  }
  return from_float32(weight.value.dtype(), weight.value.shape(), values);
}

}  // namespace

Shared share_weights(const graph::Network& network, const ShareOptions& options,
                     const RunContext& context) {
  check(options);
  Shared result;
  std::map<graph::WeightId, Tensor> values;
  const std::vector<graph::Weight> weights = graph::find_weights(network);
  std::int64_t done = 0;
  for (const graph::Weight& weight : weights) {
    context.check_cancelled();
    context.report({.work = "share",
                    .step = ++done,
                    .total = static_cast<std::int64_t>(weights.size()),
                    .values = {}});
    if (!weight.prunable || weight.size() == 0) continue;
    SharedWeight shared = share_weight(weight, options);
    values[weight.id] = value_of(weight, shared.clusters);
    result.weights.emplace(weight.id, std::move(shared));
  }
  if (result.weights.empty()) {
    throw Error(ErrorKind::kUnsupported, "the network has no floating-point weights to share", {},
                "inspect lists its layers; an int8 network has few values already");
  }
  result.network = graph::with_weights(network, values);
  return result;
}

}  // namespace gcompress::quantize

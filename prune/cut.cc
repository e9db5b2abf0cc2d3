// Scores, allocation and search, put together.
#include "gcompress/prune/cut.h"

#include <limits>

#include "gcompress/core/graph/batch_norm.h"

namespace gcompress::prune {
namespace {

ScoreFunction protecting(ScoreFunction score, const graph::Masks& protect) {
  return [score = std::move(score), &protect](const graph::Weight& weight, const Tensor& value,
                                              std::int64_t begin, std::span<float> out) {
    score(weight, value, begin, out);
    const auto found = protect.find(weight.id);
    if (found == protect.end()) return;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (found->second.test(begin + static_cast<std::int64_t>(i))) {
        out[i] = std::numeric_limits<float>::max();
      }
    }
  };
}

ScoreFunction holding_against(ScoreFunction score, const graph::Masks& removed, double margin) {
  const auto factor = static_cast<float>(1 / (1 + margin));
  return
      [score = std::move(score), &removed, factor](const graph::Weight& weight, const Tensor& value,
                                                   std::int64_t begin, std::span<float> out) {
        score(weight, value, begin, out);
        const auto found = removed.find(weight.id);
        if (found == removed.end()) return;
        for (std::size_t i = 0; i < out.size(); ++i) {
          if (found->second.test(begin + static_cast<std::int64_t>(i))) continue;
          out[i] = out[i] > 0 ? out[i] * factor : out[i] / factor;
        }
      };
}

}  // namespace

std::map<graph::WeightId, Tensor> values_of(const graph::Network& network) {
  std::map<graph::WeightId, Tensor> values;
  for (const graph::Weight& weight : graph::find_weights(network)) values[weight.id] = weight.value;
  return values;
}

FittingPrefix cut(CutInputs inputs) {
  AllocateInputs allocate = allocate_inputs(inputs.plan, inputs.options);
  inputs.evidence.output_factors = graph::batch_norm_factors(
      graph::with_weights(inputs.network, inputs.values), inputs.plan.weights);
  inputs.evidence.seed = inputs.options.seed;
  allocate.values = inputs.values;
  allocate.within = inputs.within;
  allocate.score = criterion(inputs.options.criterion).make(inputs.evidence);
  if (inputs.protect != nullptr) {
    allocate.score = protecting(std::move(allocate.score), *inputs.protect);
  }
  if (inputs.against != nullptr && inputs.margin > 0) {
    allocate.score = holding_against(std::move(allocate.score), *inputs.against, inputs.margin);
  }
  return largest_fitting(prepare(std::move(allocate), inputs.options, inputs.density),
                         fitting_search(inputs.plan, inputs.counter, inputs.values, inputs.budget));
}

}  // namespace gcompress::prune

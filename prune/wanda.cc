// Wanda (Sun et al. 2023): |w| ||x||, x the input that the weight multiplies. Compared within a row
// there; here over all, so it is divided by the row's 2-norm of these, as magnitude is.
#include <algorithm>
#include <cmath>
#include <memory>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {
namespace {

// One factor an element of the weight.
std::vector<float> input_of_each(const graph::Weight& weight, const std::vector<float>& norms) {
  std::vector<float> factors(static_cast<std::size_t>(weight.size()), 1.0F);
  if (norms.empty() || weight.output_axis < 0) return factors;
  const std::int64_t channels = channel_count(weight);
  const std::int64_t features = weight.size() / channels;
  const std::int64_t groups = static_cast<std::int64_t>(norms.size()) / features;
  GCOMPRESS_CHECK(groups > 0 && channels % groups == 0);
  const bool rows_first = weight.output_axis == 0;
  for (std::int64_t i = 0; i < weight.size(); ++i) {
    const std::int64_t row = rows_first ? i / features : i % channels;
    const std::int64_t feature = rows_first ? i % features : i / channels;
    factors[static_cast<std::size_t>(i)] =
        norms[static_cast<std::size_t>(row / (channels / groups) * features + feature)];
  }
  return factors;
}

}  // namespace

ScoreFunction make_wanda(const ScoreInputs& inputs) {
  // Per weight: input norms by element, over the row's norm of products; made on first sight.
  struct State {
    std::map<graph::WeightId, std::vector<float>> norms;
    std::map<graph::WeightId, std::vector<float>> factors;
  };
  const auto state = std::make_shared<State>();
  state->norms = inputs.input_norms;
  return [state](const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                 std::span<float> out) {
    read_floats(value, begin, out);
    const auto found_norms = state->norms.find(weight.id);
    auto found = state->factors.find(weight.id);
    if (found == state->factors.end()) {
      std::vector<float> factors = input_of_each(
          weight, found_norms == state->norms.end() ? std::vector<float>() : found_norms->second);
      std::vector<float> products(factors.size());
      read_floats(value, 0, products);
      for (std::size_t i = 0; i < products.size(); ++i) products[i] *= factors[i];
      const Tensor weighted = Tensor::from<float>(value.shape(), std::move(products));
      std::vector<float> scales = channel_norms(weight, weighted);
      for (float& scale : scales) scale = scale > 0 ? 1 / scale : 0;
      multiply_by_channel(weight, scales, 0, factors);
      found = state->factors.emplace(weight.id, std::move(factors)).first;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = std::abs(out[i]) * found->second[static_cast<std::size_t>(begin) + i];
    }
  };
}

}  // namespace gcompress::prune

// Magnitudes: of a weight within its output channel; behind the batch norm; as it is stored.
#include <cmath>
#include <memory>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {
namespace {

// 1 / the 2-norm of each output channel; 0 for a channel of zeros.
std::vector<float> inverse_norms(const graph::Weight& weight, const Tensor& value) {
  std::vector<float> norms = channel_norms(weight, value);
  for (float& norm : norms) norm = norm > 0 ? 1 / norm : 0;
  return norms;
}

ScoreFunction magnitude_times(std::map<graph::WeightId, std::vector<float>> signed_factors) {
  auto factors = std::make_shared<std::map<graph::WeightId, std::vector<float>>>();
  for (auto& [id, row] : signed_factors) {
    for (float& factor : row) factor = std::fabs(factor);
    factors->emplace(id, std::move(row));
  }
  return [factors](const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                   std::span<float> out) {
    read_floats(value, begin, out);
    for (float& element : out) element = std::fabs(element);
    if (const auto found = factors->find(weight.id); found != factors->end()) {
      multiply_by_channel(weight, found->second, begin, out);
    }
  };
}

}  // namespace

ScoreFunction make_magnitude(const ScoreInputs&) {
  auto inverses = std::make_shared<std::map<graph::WeightId, std::vector<float>>>();
  return [inverses](const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                    std::span<float> out) {
    auto found = inverses->find(weight.id);
    if (found == inverses->end()) {
      found = inverses->emplace(weight.id, inverse_norms(weight, value)).first;
    }
    read_floats(value, begin, out);
    for (float& element : out) element = std::fabs(element);
    multiply_by_channel(weight, found->second, begin, out);
  };
}

ScoreFunction make_folded_magnitude(const ScoreInputs& inputs) {
  return magnitude_times(inputs.output_factors);
}

ScoreFunction make_raw_magnitude(const ScoreInputs&) { return magnitude_times({}); }

}  // namespace gcompress::prune

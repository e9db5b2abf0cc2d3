// Magnitude: |w|; and |w| times |scale / sqrt(variance + epsilon)| of the batch norm behind the
// layer.
#include <cmath>
#include <memory>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {

ScoreFunction make_magnitude(const ScoreInputs& inputs) {
  auto factors = std::make_shared<std::map<graph::WeightId, std::vector<float>>>();
  for (const auto& [id, signed_factors] : inputs.output_factors) {
    std::vector<float>& row = (*factors)[id];
    for (const float factor : signed_factors) row.push_back(std::fabs(factor));
  }
  return [factors](const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                   std::span<float> out) {
    read_floats(value, begin, out);
    for (float& element : out) element = std::fabs(element);
    if (const auto found = factors->find(weight.id); found != factors->end()) {
      multiply_by_channel(weight, found->second, 1, begin, out);
    }
  };
}

ScoreFunction make_raw_magnitude(const ScoreInputs&) { return make_magnitude({}); }

}  // namespace gcompress::prune

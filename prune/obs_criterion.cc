// The optimal brain surgeon's costs, as they were measured; where there are none, the share of the
// channel's power that goes through the weight, which means the same for inputs that are alike.
#include <algorithm>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {

ScoreFunction make_obs(const ScoreInputs& inputs) {
  return [costs = inputs.removal_costs, magnitude = make_magnitude(inputs)](
             const graph::Weight& weight, const Tensor& value, std::int64_t begin,
             std::span<float> out) {
    const auto found = costs.find(weight.id);
    if (found != costs.end()) {
      const auto first = found->second.begin() + static_cast<std::ptrdiff_t>(begin);
      std::copy(first, first + static_cast<std::ptrdiff_t>(out.size()), out.begin());
      return;
    }
    magnitude(weight, value, begin, out);
    for (float& score : out) score *= score;
  };
}

}  // namespace gcompress::prune

// Movement: whether training carries a weight away from zero (Sanh et al. 2020, eq. 5:
// S = -sum over steps of rate * gradient * w). For small steps of gradient descent the sum is the
// integral of w dw, so (w^2 - w_0^2) / 2 with w_0 where the weight began: that is the score here,
// without bookkeeping at every step, and for any optimiser.
#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {

ScoreFunction make_movement(const ScoreInputs&) {
  return [](const graph::Weight& weight, const Tensor& value, std::int64_t begin,
            std::span<float> out) {
    read_floats(value, begin, out);
    std::vector<float> start(out.size());
    read_floats(weight.value, begin, start);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = 0.5F * (out[i] * out[i] - start[i] * start[i]);
    }
  };
}

}  // namespace gcompress::prune

// Criteria from gradients of the loss on training data: what it would change if the weight were 0,
// to first order (SNIP, Taylor), or to second order at a minimum (Fisher).
#include <cmath>
#include <memory>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {
namespace {

using Tensors = std::map<graph::WeightId, Tensor>;

// |w| times a function of the weight's tensor.
ScoreFunction times_magnitude(const Tensors& tensors, float (*factor)(float)) {
  auto held = std::make_shared<Tensors>(tensors);
  return [held, factor](const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                        std::span<float> out) {
    const auto found = held->find(weight.id);
    if (found == held->end()) {
      throw Error(ErrorKind::kUsage, "there is no gradient for this weight",
                  {.file = {}, .node = weight.layer, .value = weight.id.tensor},
                  "it is not trained: ignore its layer, or choose the criterion magnitude");
    }
    GCOMPRESS_CHECK(found->second.size() == value.size());
    read_floats(value, begin, out);
    std::vector<float> other(out.size());
    read_floats(found->second, begin, other);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::fabs(out[i]) * factor(other[i]);
  };
}

}  // namespace

// Connection sensitivity: |w dL/dw| (Lee et al. 2019, eq. 6, without its normalisation).
ScoreFunction make_snip(const ScoreInputs& inputs) {
  return times_magnitude(inputs.gradients, [](float gradient) { return std::fabs(gradient); });
}

// The mean over batches of |w dL/dw| (Molchanov et al. 2017, eq. 8).
ScoreFunction make_taylor(const ScoreInputs& inputs) {
  return times_magnitude(inputs.gradient_magnitudes, [](float magnitude) { return magnitude; });
}

// w^2 F, F the diagonal of the empirical Fisher information in place of the Hessian (OBD, LeCun et
// al. 1990, eq. 5; Theis et al. 2018, eq. 9). Its root has the same order and does not underflow.
ScoreFunction make_fisher(const ScoreInputs& inputs) {
  return times_magnitude(inputs.squared_gradients,
                         [](float square) { return std::sqrt(std::fmax(square, 0.0F)); });
}

}  // namespace gcompress::prune

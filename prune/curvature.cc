// Curvature: w^2 v, how much the loss would grow without the weight if v, Adam's second moment of
// its gradient, is the diagonal of the Hessian (OBD, LeCun et al. 1990, eq. 5; the factor 1/2
// changes no order).
#include <cmath>
#include <memory>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {

ScoreFunction make_curvature(const ScoreInputs& inputs) {
  auto moments = std::make_shared<std::map<graph::WeightId, Tensor>>(inputs.second_moments);
  return [moments](const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                   std::span<float> out) {
    const auto found = moments->find(weight.id);
    if (found == moments->end()) {
      throw Error(ErrorKind::kUsage, "the curvature criterion needs Adam's second moments",
                  {.file = {}, .node = weight.layer, .value = weight.id.tensor},
                  "train with Adam, or choose magnitude");
    }
    GCOMPRESS_CHECK(found->second.size() == value.size());
    read_floats(value, begin, out);
    std::vector<float> moment(out.size());
    read_floats(found->second, begin, moment);
    for (std::size_t i = 0; i < out.size(); ++i) {
      // sqrt(w^2 v) has the same order and does not underflow for small gradients.
      out[i] = std::fabs(out[i]) * std::sqrt(std::fmax(moment[i], 0.0F));
    }
  };
}

}  // namespace gcompress::prune

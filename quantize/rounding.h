// Rounding weights up or down so that layers' outputs, not their weights, stay near: the layer-wise
// problem of AdaRound (Nagel et al. 2020, "Up or down? Adaptive rounding for post-training
// quantization", equation 13): for each output channel with weights w and scale s
//   min (w_q - w)^T E[x x^T] (w_q - w)   over w_q / s in {floor(w / s), ceil(w / s)},
// x what the layer multiplies. AdaRound relaxes it and descends along gradients; here weights are
// turned over one or two at a time, from the nearest rounding, while that helps: no step sizes to
// choose, and the end is a minimum that no two weights can better.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/adjust.h"
#include "gcompress/quantize/calibrate.h"
#include "gcompress/quantize/quantize.h"

namespace gcompress::quantize {

// Of what a layer multiplies, over samples and places. Output channels are `rows`, each of
// `features` weights, in as many groups as there are matrices.
struct InputMoments {
  std::string output;  // of the layer
  std::int64_t rows = 0;
  std::int64_t features = 0;
  bool features_first = false;        // the weight is stored [features, rows]
  std::vector<Eigen::MatrixXd> each;  // per group, [features, features]: the mean of x x^T
};

// Calls visit for the layers of a float network that it can tell of, one after another.
using MomentSource = std::function<void(
    const graph::Network& network, const std::function<void(const InputMoments& moments)>& visit)>;

// Integers for one output channel: of `scaled` (w / s) those rounded to nearest, then turned over.
// Zeros stay zeros, and what rounds to -levels or levels stays there: it holds the scale.
std::vector<int> rounded_for(const Eigen::VectorXd& scaled, const Eigen::MatrixXd& moments,
                             int levels);

// The adjustments with weights that lie on their integers' scale, for all layers that the source
// tells of and the options put on integers.
Adjustments with_learned_rounding(const graph::Network& prepared, Adjustments adjustments,
                                  const Ranges& ranges, const QuantizeOptions& options,
                                  const MomentSource& source, const RunContext& context);

}  // namespace gcompress::quantize

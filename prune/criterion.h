// Criteria: how much each weight matters. One table; a new criterion is its own file and a row.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::prune {

// What a criterion may look at besides the weights. Filled by the caller as far as the criterion
// wants it.
struct ScoreInputs {
  // |scale / sqrt(variance + eps)| of the batch norm behind each output channel, where there is
  // one (graph::batch_norm_factors).
  std::map<graph::WeightId, std::vector<float>> output_factors;
  // Adam's second moment of each weight, during training; empty otherwise.
  std::map<graph::WeightId, Tensor> second_moments;
  // Of the loss, means over batches of training data: the gradient, its magnitude, its square.
  std::map<graph::WeightId, Tensor> gradients;
  std::map<graph::WeightId, Tensor> gradient_magnitudes;
  std::map<graph::WeightId, Tensor> squared_gradients;
  // The root mean square of each input over samples and positions. One number for each weight of a
  // row: [in / groups * taps] for a kernel [out, in / groups, taps], [in] for a matrix, whichever
  // way it is stored. Grouped kernels: the groups' rows one behind the other.
  std::map<graph::WeightId, std::vector<float>> input_norms;
  // What removing each element costs, as a share of its row's output power (removal_costs in
  // reconstruct/reconstruct.h).
  std::map<graph::WeightId, std::vector<float>> removal_costs;
  std::uint64_t seed = 0;
};

// Scores of elements [begin, begin + out.size()) of a weight's present value; larger matters more,
// never NaN. Pieces may be asked for in any order and again; the same piece gives the same scores.
using ScoreFunction = std::function<void(const graph::Weight& weight, const Tensor& value,
                                         std::int64_t begin, std::span<float> out)>;

// What a criterion looks at besides the present weights.
enum class Evidence {
  kNone,
  kTraining,   // where the weights came from: works only while they train
  kMoments,    // Adam's second moments: the same, with Adam
  kGradients,  // ScoreInputs::gradients and the like
  kInputs,     // ScoreInputs::input_norms
  kCosts,      // ScoreInputs::removal_costs
};

struct CriterionRow {
  std::string name;     // "magnitude"
  std::string summary;  // one line for --help
  Evidence evidence = Evidence::kNone;
  ScoreFunction (*make)(const ScoreInputs& inputs) = nullptr;
  // Scores are shares of one loss, so those of a block add up; else their squares do.
  bool scores_add_up = false;
};

// Whether samples must be looked at before anything can be scored.
bool looks_at_data(const CriterionRow& row);
// Whether it works only while the network trains.
bool looks_at_training(const CriterionRow& row);

// magnitude: |w| / ||w_c||, c its output channel: its square is the share of the channel's output
// power that goes through the weight when inputs have equal power. Scales that a batch norm or the
// next layer undoes cancel, so a network and its batch-norm-folded form get the same scores.
// folded-magnitude: |w| times the batch-norm factor. raw-magnitude: |w|. random: uniform, the
// control. curvature: w^2 v with Adam's second moment v (a diagonal Fisher estimate; OBD, LeCun et
// al. 1990, eq. 5 with h = v). snip, taylor, fisher: gradient_criteria.cc. movement: movement.cc.
std::span<const CriterionRow> criteria();
// Throws Error(kUsage) listing the names.
const CriterionRow& criterion(const std::string& name);

}  // namespace gcompress::prune

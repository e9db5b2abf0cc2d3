// Dynamic network surgery (Guo et al. 2016): pruning inside a fit whose masked weights keep
// learning, so that what was cut too early comes back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "gcompress/prune/prune.h"

namespace gcompress::prune {

// The budget falls along `cut`; from its end on, until `until`, weights are exchanged within the
// target, in strides that grow by `growth` each time (Guo et al. let the chance of an update fall
// as 1 / (1 + gamma * step)).
struct SurgerySchedule {
  CubicSchedule cut;
  double until = 0.8;   // share of the steps
  double growth = 1.1;  // >= 1

  bool due(std::int64_t step, std::int64_t total_steps) const;
  std::int64_t last_step(std::int64_t total_steps) const;
};

// Masks for a fit that holds masked weights (train::MaskedWeights::kHeld). A kept weight goes when
// its score falls below the cut, a removed one comes back when it is above (1 + margin) times the
// cut: the two thresholds of eq. 3, placed so that the budget is met. The last update's masks also
// cover biases and scales of channels that died. Not thread-safe.
class SurgeryPruner {
 public:
  // Throws Error(kUsage) for a schedule that is not 0 <= begin <= end <= until <= 1.
  SurgeryPruner(const graph::Network& network, Plan plan, PruneOptions options,
                SurgerySchedule schedule, double margin);
  ~SurgeryPruner();

  bool due(std::int64_t step, std::int64_t total_steps) const;
  // As GradualPruner::masks_at; `values` with those of removed weights, as they are held.
  std::optional<graph::Masks> masks_at(std::int64_t step, std::int64_t total_steps,
                                       const std::map<graph::WeightId, Tensor>& values,
                                       ScoreInputs evidence = {});
  void restore(const graph::Masks& masks);
  const std::vector<graph::WeightId>& floored() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::prune

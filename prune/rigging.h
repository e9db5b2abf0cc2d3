// RigL (Evci et al. 2020): a network that is sparse from its first step on. At every update each
// layer drops its smallest weights and grows as many where the loss's gradient is largest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "gcompress/prune/prune.h"

namespace gcompress::prune {

struct RiggingSchedule {
  std::int64_t every = 100;  // steps between updates
  double until = 0.75;       // share of the steps
  double share = 0.3;        // of a layer's weights that the first update exchanges

  bool due(std::int64_t step, std::int64_t total_steps) const;
  // The share exchanged at a step:  share / 2 (1 + cos(pi step / (until total)))  (eq. 1).
  double exchanged(std::int64_t step, std::int64_t total_steps) const;
  // Throws Error(kUsage) unless until and share lie in 0..1 and every >= 1.
  void check() const;
};

// Masks to begin with, by the options' criterion and allocation. Channels that are dead may come to
// life, so what the budget bounds is the cost with every bias and scale that is not pruned. Throws
// Error(kUsage) where that cannot be met.
graph::Masks first_masks(const graph::Network& network, const Plan& plan,
                         const PruneOptions& options, const ScoreInputs& evidence = {});

// Random masks with these counts.
graph::Masks random_masks(const Plan& plan, const std::map<graph::WeightId, std::int64_t>& counts,
                          std::uint64_t seed);

// Masks for a fit that wants gradients. Every layer keeps its count; a weight that grows starts
// at zero, with zero moments, for that is where masking left it. Not thread-safe.
class Rigger {
 public:
  Rigger(Plan plan, graph::Masks initial, RiggingSchedule schedule);
  ~Rigger();

  const graph::Masks& masks() const;
  bool due(std::int64_t step, std::int64_t total_steps) const;
  // values: present ones. gradients: of the loss, those of masked weights too; a layer without an
  // entry stays as it is. Ties go to the earlier element.
  std::optional<graph::Masks> masks_at(std::int64_t step, std::int64_t total_steps,
                                       const std::map<graph::WeightId, Tensor>& values,
                                       const std::map<graph::WeightId, Tensor>& gradients);
  void restore(const graph::Masks& masks);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::prune

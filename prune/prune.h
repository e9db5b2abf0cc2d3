// Pruning to a target: which weights take part, how many stay, one-shot or on a schedule.
// Knows nothing of training: a caller hands masks_at to train::fit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/graph/cost_model.h"
#include "gcompress/core/graph/dead_channels.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/pattern.h"
#include "gcompress/core/graph/weights.h"
#include "gcompress/prune/allocate.h"
#include "gcompress/prune/criterion.h"

namespace gcompress::prune {

struct PruneOptions {
  double target = 0.1;  // kept parameters / all parameters, in (0, 1]
  std::string criterion = "magnitude";
  std::string allocation = "global";
  graph::Pattern pattern = {};
  std::int64_t floor_count = 1;
  double floor_share = 0;
  // Names or patterns (* and ?) of layers or tensors. only: nothing else is pruned; the rest is
  // kept whole and counts. ignore: kept whole and counts. exclude: leaves both sides of the target.
  std::vector<std::string> only = {};
  std::vector<std::string> ignore = {};
  std::vector<std::string> exclude = {};
  bool include_fixed = false;  // true: likely filter banks are weights like others
  std::uint64_t seed = 0;
};

// The parameters of one run, sorted by what happens to them.
struct Plan {
  std::vector<graph::Weight> weights;   // all of the network
  std::vector<std::size_t> pruned;      // indices: take part
  std::vector<std::size_t> kept_whole;  // indices: biases, normalisation, ignored
  std::vector<std::size_t> outside;     // indices: fixed or excluded; leave both sides
  std::int64_t parameters_all = 0;      // of the file
  std::int64_t parameters_counted = 0;  // without those outside
  // Indices of kept_whole that do not fit the pattern, and why.
  std::vector<std::pair<std::size_t, std::string>> misfits;
  // What the target counts: of all that counts, and what may stay of it. Parameters are counted
  // exactly: floor(target * parameters_counted).
  graph::CostModel cost;
  double cost_all = 0;
  double budget = 0;
  // Measured, for allocations that go by it.
  std::map<graph::WeightId, SensitivityCurve> sensitivity;
};

// Throws Error(kUsage) when a pattern matches nothing (naming near names), when nothing is left to
// prune (or nothing fits the pattern), or when the target is below what must stay even with dead
// channels folded: what is kept whole, and the floors (saying which target would work).
Plan make_plan(const graph::Network& network, const PruneOptions& options,
               const graph::CostModel& cost = graph::parameter_cost());

// The weights outside, as fold_dead_channels wants them.
std::set<graph::WeightId> outside_of(const Plan& plan);

struct LayerKept {
  graph::WeightId id;
  std::string layer;
  std::string role;
  std::int64_t size = 0;
  std::int64_t kept = 0;
  bool floored = false;  // the floor kept it from going lower
  bool outside = false;  // leaves both sides of the target
};

struct PruneResult {
  graph::Network network;  // masks applied, dead channels folded
  graph::Masks masks;
  std::int64_t kept = 0;  // effective count of parameters
  double cost = 0;        // of what is kept: at most plan.budget
  std::int64_t dead_channels = 0;
  std::int64_t pruned_all = 0;    // elements of the weights that took part
  std::int64_t pruned_kept = 0;   // of those, kept
  std::vector<LayerKept> layers;  // every parameter tensor of the network, in order of first use
  std::vector<std::string> notes = {};  // what the method has to say
};

// Largest prefix of the scores whose effective count (dead channels folded) fits the target.
// `evidence`: what the criterion looks at; batch-norm factors and the seed are filled in here.
PruneResult prune_one_shot(const graph::Network& network, const Plan& plan,
                           const PruneOptions& options, ScoreInputs evidence = {});

// Cubic schedule (Zhu & Gupta 2017, eq. 1): the density at a step, from 1 at begin to the final one
// at end:  d = d_final + (1 - d_final) (1 - (step - begin) / (end - begin))^3.
struct CubicSchedule {
  double begin = 0.1;  // shares of the steps
  double end = 0.6;
  std::int64_t every = 50;         // steps between mask updates, fewer where the schedule is so
  std::int64_t least_updates = 1;  // short that it would get less than this many

  std::int64_t begin_step(std::int64_t total_steps) const;
  std::int64_t end_step(std::int64_t total_steps) const;
  std::int64_t stride(std::int64_t total_steps) const;
  double density(std::int64_t step, std::int64_t total_steps, double final_density) const;
  bool due(std::int64_t step, std::int64_t total_steps) const;
  // What may be kept at a step of what the target counts.
  double budget(std::int64_t step, std::int64_t total_steps, const Plan& plan) const;
  // Throws Error(kUsage) unless 0 <= begin <= end <= 1, every >= 1.
  void check() const;
};

// Masks for a fit in progress. Every update keeps the largest prefix of the scores whose effective
// count fits the schedule's budget; what was removed stays removed. The update at the end of the
// schedule is the last: its effective count fits the target, and its masks also cover the biases
// and scales of channels that died, so that training on wakes nothing. Not thread-safe.
class GradualPruner {
 public:
  // Throws Error(kUsage) for a schedule that is not 0 <= begin <= end <= 1, every >= 1.
  GradualPruner(const graph::Network& network, Plan plan, PruneOptions options,
                CubicSchedule schedule);
  ~GradualPruner();

  bool due(std::int64_t step, std::int64_t total_steps) const;
  // values: present values; those of all parameters and of the running statistics, where the
  // trainer has them, make the counts exact (biases decide which dead channels fold) and the scores
  // right (batch-norm factors). Missing ones are taken from the network. evidence: what the
  // criterion looks at, of the present network; factors and the seed are filled in here. Nothing
  // if no update is due.
  std::optional<graph::Masks> masks_at(std::int64_t step, std::int64_t total_steps,
                                       const std::map<graph::WeightId, Tensor>& values,
                                       ScoreInputs evidence = {});

  // When going on from a checkpoint: the masks that held there.
  void restore(const graph::Masks& masks);
  // Layers that the floor kept from going lower at the last update.
  const std::vector<graph::WeightId>& floored() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// After a fit with these masks: fold dead channels, count, list the layers.
PruneResult finish(const graph::Network& trained, const Plan& plan, const graph::Masks& masks,
                   const std::vector<graph::WeightId>& floored = {});

}  // namespace gcompress::prune

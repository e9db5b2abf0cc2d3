// Pruning whole channels: which ones matter least for what they cost, how wide each group stays,
// and masks on the way there. graph::remove_channels then makes the network smaller.
//
// A channel's score is the share of its weights' scores that goes with it: over all weights that
// make it or read it, the sum of (its elements' scores) / (all elements' scores), squared where
// scores are amplitudes. So groups of any
// size can be compared, and a channel that many layers read (a residual stream) counts in each.
// Widths: channels go greedily, each time the one that loses the smallest share of what is left
// for what it saves.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/graph/channel_costs.h"
#include "gcompress/core/graph/channel_groups.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/prune/criterion.h"
#include "gcompress/prune/prune.h"

namespace gcompress::prune {

enum class ChannelTarget { kParameters, kFlops };

struct ChannelOptions {
  double target = 0.5;  // kept / all, in (0, 1]
  ChannelTarget of = ChannelTarget::kParameters;
  // Groups of at least so many channels keep a multiple of it: runtimes compute in blocks of 8 or
  // 16, and what is left over costs as much as a whole block.
  std::int64_t multiple = 1;
  std::int64_t floor_count = 1;  // channels that every group keeps
  double floor_share = 0;        // the same as a share of the group
};

// How much the elements of weights matter.
struct ChannelCriterion {
  ScoreFunction score;
  bool scores_add_up = false;  // as in CriterionRow: else their squares do
};

// What can go, and what it saves.
struct ChannelPlan {
  graph::ChannelGroups groups;
  std::vector<std::int64_t> floors;  // by group: channels that stay; all of them where none can go
  std::shared_ptr<const graph::ChannelCosts> costs;
  ChannelOptions options;
  double all = 0;     // parameters or FLOPs of the whole network
  double budget = 0;  // of them that may stay
};

// Layers outside of the plan stay as they are; channels of layers that take no part (ignored, or
// not among --only) stay, and so do those that ignored layers read. `shapes`: of one sample.
// Throws Error(kUsage) if no channel can go, or if all that can go would not be enough, saying
// which target would work.
ChannelPlan plan_channels(const graph::Network& network, const Plan& plan,
                          const PruneOptions& prune_options, const ChannelOptions& options,
                          const graph::InferredShapes& shapes);

// By channel, as above. `values`: present values; a weight without one keeps its own.
std::vector<double> channel_scores(const ChannelPlan& channels, const Plan& plan,
                                   const std::map<graph::WeightId, Tensor>& values,
                                   const ChannelCriterion& criterion);

// By group: how many channels stay, so that the budget is met.
std::vector<std::int64_t> choose_widths(const ChannelPlan& channels,
                                        const std::vector<double>& scores);

// The channels that go to reach these widths: those of the lowest scores, and what is gone already
// (`within`, may be empty) first.
graph::ChannelSet choose_channels(const ChannelPlan& channels, const std::vector<double>& scores,
                                  const std::vector<std::int64_t>& widths,
                                  const graph::ChannelSet& within);

struct ChannelResult {
  PruneResult pruned;  // its network is smaller; its masks are of that network
  graph::ChannelSet gone;
};

// After a fit with masks of these channels: removes them. Without `shrink` they stay, all zeros.
ChannelResult finish_channels(const graph::Network& trained, const Plan& plan,
                              const ChannelPlan& channels, const graph::ChannelSet& gone,
                              bool shrink = true);

// Scores the network as it is and cuts once.
ChannelResult prune_channels_one_shot(const graph::Network& network, const Plan& plan,
                                      const ChannelPlan& channels,
                                      const ChannelCriterion& criterion, bool shrink = true);

// Masks for a fit in progress: each group narrows to its width along the schedule, its least
// channels first. Not thread-safe; refers to the plans.
class GradualChannelPruner {
 public:
  GradualChannelPruner(const Plan& plan, const ChannelPlan& channels,
                       std::vector<std::int64_t> widths, CubicSchedule schedule);

  bool due(std::int64_t step, std::int64_t total_steps) const;
  std::optional<graph::Masks> masks_at(std::int64_t step, std::int64_t total_steps,
                                       const std::map<graph::WeightId, Tensor>& values,
                                       const ChannelCriterion& criterion);
  // When going on from a checkpoint: the masks that held there.
  void restore(const graph::Masks& masks);
  const graph::ChannelSet& gone() const { return gone_; }

 private:
  const Plan& plan_;
  const ChannelPlan& channels_;
  CubicSchedule schedule_;
  std::vector<std::int64_t> widths_;
  graph::ChannelSet gone_;
};

}  // namespace gcompress::prune

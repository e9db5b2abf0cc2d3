// Channels that pruning left without inputs or outputs: their constant output is folded onward,
// and their parameters count as removed.
//
// A channel with no kept input weight puts out a constant (its bias, through the normalisation and
// activation that follow). Where what reads it can take the constant into a bias exactly (no zero
// padding sees it, or it is 0), its outgoing weights and its bias go. Where a value in between is
// needed itself (a residual sum), only the bias that makes it stays. A channel with no kept
// outgoing weight goes with its incoming weights. Operators that are not followed
// (channel_flow.h) keep their channels as they are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "gcompress/core/graph/cost_model.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

struct FoldedNetwork {
  Network network;        // masks applied, constants folded, dead channels' parameters zero
  Masks masks;            // the given masks without what died; covers biases, scales and shifts too
  std::int64_t kept = 0;  // parameters that the masks keep, without the untouched
  std::int64_t dead_channels = 0;  // output channels that lost their last incoming weight or reader
};

// Outputs equal those of apply_masks(network, masks) up to rounding. `untouched` weights are
// neither changed nor counted.
FoldedNetwork fold_dead_channels(const Network& network, const Masks& masks,
                                 const std::set<WeightId>& untouched = {});
// The same for a network whose weights are known: those of find_weights, whatever their values.
FoldedNetwork fold_dead_channels(const Network& network, const std::vector<Weight>& weights,
                                 const Masks& masks, const std::set<WeightId>& untouched);

// Only the count of parameters that fold_dead_channels would keep; reusable for many masks of one
// network (the search for the largest prefix calls it some 20 times). Thread-safe once made.
class DeadChannelCounter {
 public:
  explicit DeadChannelCounter(const Network& network);
  DeadChannelCounter(const Network& network, const std::vector<Weight>& weights,
                     const std::set<WeightId>& untouched);
  ~DeadChannelCounter();
  DeadChannelCounter(DeadChannelCounter&&) noexcept;
  DeadChannelCounter& operator=(DeadChannelCounter&&) noexcept;

  // `values`: present values of any constants (parameters, running statistics); others keep those
  // of the network. Biases and statistics matter: a channel whose constant is 0 always folds.
  std::int64_t kept_parameters(const Masks& masks,
                               const std::map<WeightId, Tensor>& values = {}) const;

  // The same for each parameter that counts.
  KeptCounts kept_by_weight(const Masks& masks,
                            const std::map<WeightId, Tensor>& values = {}) const;

  // The masks without those dead parameters that need no compensation: applying them changes no
  // output, and training on cannot wake what they drop. What folding would compensate stays.
  Masks without_idle(const Masks& masks, const std::map<WeightId, Tensor>& values = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::graph

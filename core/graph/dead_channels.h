// Channels that pruning left without inputs or outputs: their constant output is folded onward,
// and their parameters count as removed.
//
// A channel with no kept input weight puts out a constant (its bias, through the normalisation and
// activation that follow). If what consumes it can take the constant into a bias exactly (no zero
// padding sees it, or it is 0), its outgoing weights and its bias go. A channel with no kept
// outgoing weight goes with its incoming weights. Repeated until nothing changes. Operators we
// cannot follow keep their channels alive.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

struct FoldedNetwork {
  Network network;   // masks applied, constants folded, dead channels' parameters zero
  Masks masks;       // the given masks without what died; covers biases, scales and shifts too
  std::int64_t dead_channels = 0;
};

// Outputs equal those of apply_masks(network, masks) up to rounding.
FoldedNetwork fold_dead_channels(const Network& network, const Masks& masks);

// Only the count of parameters that fold_dead_channels would keep; reusable for many masks of one
// network (the search for the largest prefix calls it some 20 times).
class DeadChannelCounter {
 public:
  explicit DeadChannelCounter(const Network& network);
  ~DeadChannelCounter();
  std::int64_t kept_parameters(const Masks& masks) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::graph

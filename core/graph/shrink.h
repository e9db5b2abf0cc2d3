// Removes channels physically: weights get smaller, and what says how many there are follows.
#pragma once

#include "gcompress/core/graph/channel_groups.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// The network without these channels. The groups are its own, or those of the same network with
// other weights.
// Outputs equal those of the network with all that the channels hold set to 0. Weights, biases,
// statistics, groups, shapes of reshapes, sizes of splits and the like, and declared shapes follow.
// Throws Error(kUnsupported) if the shapes of the result are not those expected.
Network remove_channels(const Network& network, const ChannelGroups& groups,
                        const ChannelSet& gone);

// The masks of what stays.
Masks remove_channels(const Masks& masks, const ChannelGroups& groups, const ChannelSet& gone);

struct ShrunkNetwork {
  Network network;
  Masks masks;
  std::int64_t channels_removed = 0;
  std::int64_t channels_all = 0;  // of removable groups
};

// Removes the channels that masks left dead. To be called on a network whose dead channels are
// folded (fold_dead_channels).
ShrunkNetwork shrink_dead_channels(const Network& network, const Masks& masks,
                                   const std::set<WeightId>& untouched = {});

}  // namespace gcompress::graph

// From labels to groups of channels. Internal to channels/.
#pragma once

#include <vector>

#include "gcompress/core/graph/channel_groups.h"
#include "gcompress/core/graph/channels/trace.h"

namespace gcompress::graph {

// Numbers the channels that can go, in the trace too. The result has no trace yet.
ChannelGroups group_channels(ChannelTrace& trace, const std::vector<Weight>& weights);

}  // namespace gcompress::graph

// What inspect says of whole channels: how many can be removed, and why others cannot.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "gcompress/core/graph/channel_groups.h"

namespace gcompress::tools {

// Likely filter banks stay, as prune leaves them by default.
graph::ChannelGroups channels_of(const graph::Network& network);

nlohmann::ordered_json channels_to_json(const graph::ChannelGroups& channels);

// A line for all that can go, and one for each reason why others cannot.
std::string channels_to_text(const graph::ChannelGroups& channels);

}  // namespace gcompress::tools

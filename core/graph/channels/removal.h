// The pieces of removing channels: slices of tensors, parameters of nodes, checks. Internal to
// channel_groups.cc and shrink.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/channel_groups.h"
#include "gcompress/core/graph/channels/trace.h"
#include "gcompress/core/graph/constants.h"

namespace gcompress::graph {

// Marks channels that have an element other than 0 in the tensor.
void mark_nonzero(const Tensor& tensor, const ChannelMember& member, ChannelSet& channels);

// The tensor without what is gone, along all its axes. contents: false leaves zeros of that shape,
// which cost nothing: for inferring shapes.
Tensor without(const Tensor& tensor, const ChannelTrace& trace, const TracedAxes& axes,
               const ChannelSet& gone, bool contents);

// Lets parameters of nodes follow: new stored tensors, attributes, and Concats of shapes.
void adjust_nodes(const ChannelTrace& trace, const ChannelSet& gone, Graph& graph,
                  std::int64_t opset);

// The network without the channels, unchecked.
Network without_channels(const Network& network, const ChannelGroups& groups,
                         const ChannelSet& gone, bool contents);

// Infers shapes of the result; says what does not come out as expected, or nothing.
std::optional<std::string> shape_mismatch(const Network& network, const ChannelGroups& groups,
                                          const ChannelSet& gone);
// The same for a network made by without_channels.
std::optional<std::string> shape_mismatch_of(const Network& shrunk, const ChannelGroups& groups,
                                             const ChannelSet& gone);

}  // namespace gcompress::graph

// Elementwise operators of one input, as functions of one number.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

using ChannelFunction = std::function<double(double)>;

// What the node does to each element at inference; nothing if it is no such operator.
std::optional<ChannelFunction> channel_function(const Node& node, std::int64_t opset,
                                                const ConstantLookup& constant);

}  // namespace gcompress::graph

// Removing channels, and what unstructured pruning left of them.
#include "gcompress/core/graph/shrink.h"

#include <algorithm>

#include "gcompress/core/graph/channels/removal.h"
#include "gcompress/core/graph/channels/trace.h"

namespace gcompress::graph {

Network remove_channels(const Network& network, const ChannelGroups& groups,
                        const ChannelSet& gone) {
  if (std::ranges::find(gone, true) == gone.end()) return network;
  Network result = without_channels(network, groups, gone, true);
  if (const auto why = shape_mismatch_of(result, groups, gone)) {
    throw Error(ErrorKind::kUnsupported, "these channels cannot be removed: " + *why,
                {.file = network.source.string()}, "prune weights, not channels");
  }
  return result;
}

Masks remove_channels(const Masks& masks, const ChannelGroups& groups, const ChannelSet& gone) {
  Masks result;
  for (const auto& [id, mask] : masks) {
    const auto axes = groups.trace->values.find(id.tensor);
    if (!id.scope.empty() || !groups.trace->constants.contains(id.tensor)) {
      result[id] = mask;
      continue;
    }
    const Tensor bytes = Tensor::from<std::uint8_t>(mask.shape(), mask.bytes());
    const Tensor kept = without(bytes, *groups.trace, axes->second, gone, true);
    result[id] = Mask::from_bytes(kept.shape(), kept.as<std::uint8_t>());
  }
  return result;
}

ShrunkNetwork shrink_dead_channels(const Network& network, const Masks& masks,
                                   const std::set<WeightId>& untouched) {
  const ChannelGroups groups = find_channel_groups(network, find_weights(network), untouched);
  const ChannelSet gone = dead_channels(network, groups);
  return {.network = remove_channels(network, groups, gone),
          .masks = remove_channels(masks, groups, gone),
          .channels_removed = std::ranges::count(gone, true),
          .channels_all = groups.channels};
}

}  // namespace gcompress::graph

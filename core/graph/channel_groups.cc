// Finding groups of channels, and what they hold.
#include "gcompress/core/graph/channel_groups.h"

#include <algorithm>

#include "gcompress/core/graph/channels/grouping.h"
#include "gcompress/core/graph/channels/removal.h"
#include "gcompress/core/graph/channels/trace.h"

namespace gcompress::graph {
namespace {

// One channel of each of these groups.
ChannelSet one_of_each(const ChannelGroups& groups, const std::vector<std::size_t>& chosen) {
  ChannelSet gone(static_cast<std::size_t>(groups.channels), false);
  for (const std::size_t i : chosen) {
    const ChannelGroup& group = groups.groups[i];
    if (group.removable()) gone[static_cast<std::size_t>(group.first)] = true;
  }
  return gone;
}

std::vector<std::size_t> removable_groups(const ChannelGroups& groups) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < groups.groups.size(); ++i) {
    if (groups.groups[i].removable()) chosen.push_back(i);
  }
  return chosen;
}

void avoid(const ChannelGroup& group, const std::string& why, AvoidedAxes& avoided) {
  for (const ChannelMember& member : group.members) {
    if (member.role != ChannelRole::kMakes) continue;
    avoided[{member.id.tensor, static_cast<std::size_t>(member.axis)}] = why;
  }
}

// Axes of groups that cannot go because shapes then do not come out as expected: computed sizes
// that nothing here understood. Tried by inferring shapes without one channel of each group, and
// group by group only if that fails.
AvoidedAxes misjudged(const Network& network, const ChannelGroups& groups) {
  AvoidedAxes avoided;
  const std::vector<std::size_t> all = removable_groups(groups);
  if (!shape_mismatch(network, groups, one_of_each(groups, all))) return avoided;
  for (const std::size_t i : all) {
    if (const auto why = shape_mismatch(network, groups, one_of_each(groups, {i}))) {
      avoid(groups.groups[i], *why, avoided);
    }
  }
  if (!avoided.empty()) return avoided;
  for (const std::size_t i : all) {
    avoid(groups.groups[i], "shapes are computed in a way that is not followed", avoided);
  }
  return avoided;
}

}  // namespace

ChannelGroups find_channel_groups(const Network& network, const std::vector<Weight>& weights,
                                  const std::set<WeightId>& untouched) {
  AvoidedAxes avoided;
  while (true) {
    auto trace =
        std::make_shared<ChannelTrace>(trace_channels(network, weights, untouched, avoided));
    ChannelGroups groups = group_channels(*trace, weights);
    groups.trace = trace;
    const AvoidedAxes more = misjudged(network, groups);
    if (more.empty()) return groups;
    const std::size_t before = avoided.size();
    avoided.insert(more.begin(), more.end());
    GCOMPRESS_CHECK(avoided.size() > before);  // or it would go on for ever
  }
}

Masks masks_of(const ChannelGroups& groups, const ChannelSet& gone) {
  Masks masks;
  for (const ChannelGroup& group : groups.groups) {
    if (!group.removable()) continue;
    for (const ChannelMember& member : group.members) {
      const Shape& shape = groups.trace->constants.at(member.id.tensor).shape;
      std::int64_t inner = 1;
      for (std::size_t i = static_cast<std::size_t>(member.axis) + 1; i < shape.size(); ++i) {
        inner *= shape[i];
      }
      const auto length = static_cast<std::int64_t>(member.channel_of.size());
      for (std::int64_t i = 0; i < length && member.parameter; ++i) {
        const std::int32_t channel = member.channel_of[static_cast<std::size_t>(i)];
        if (channel < 0 || !gone[static_cast<std::size_t>(channel)]) continue;
        Mask& mask = masks.try_emplace(member.id, shape, true).first->second;
        for (std::int64_t begin = i * inner; begin < mask.size(); begin += length * inner) {
          for (std::int64_t k = 0; k < inner; ++k) mask.set(begin + k, false);
        }
      }
    }
  }
  return masks;
}

ChannelSet dead_channels(const Network& network, const ChannelGroups& groups) {
  ChannelSet read = groups.read_elsewhere;
  const ValueScope scope(network.graph, {});
  for (const ChannelGroup& group : groups.groups) {
    if (!group.removable()) continue;
    for (const ChannelMember& member : group.members) {
      if (member.role != ChannelRole::kReads) continue;
      mark_nonzero(scope.constant(member.id.tensor), member, read);
    }
  }
  ChannelSet dead = read;
  dead.flip();
  for (const ChannelGroup& group : groups.groups) {
    if (!group.removable()) continue;
    const auto begin = dead.begin() + group.first;
    std::int64_t kept = std::count(begin, begin + group.channels, false);
    for (auto channel = begin; channel != begin + group.channels && kept < group.floor; ++channel) {
      if (*channel) ++kept;
      *channel = false;
    }
  }
  return dead;
}

}  // namespace gcompress::graph

// Channels in inspect.
#include "gcompress/tools/inspect_channels.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace gcompress::tools {
namespace {

// Groups by reason, in the order in which reasons come up. The node that a reason names is left
// out of it: the groups' own names say where.
std::vector<std::pair<std::string, std::vector<const graph::ChannelGroup*>>> by_reason(
    const graph::ChannelGroups& channels) {
  std::vector<std::pair<std::string, std::vector<const graph::ChannelGroup*>>> reasons;
  for (const graph::ChannelGroup& group : channels.groups) {
    if (group.removable()) continue;
    const std::string reason = group.why_not.substr(0, group.why_not.find(" '"));
    auto found =
        std::ranges::find_if(reasons, [&](const auto& row) { return row.first == reason; });
    if (found == reasons.end()) {
      reasons.push_back({reason, {}});
      found = reasons.end() - 1;
    }
    found->second.push_back(&group);
  }
  return reasons;
}

}  // namespace

graph::ChannelGroups channels_of(const graph::Network& network) {
  const std::vector<graph::Weight> weights = graph::find_weights(network);
  std::set<graph::WeightId> fixed;
  for (const graph::Weight& weight : weights) {
    if (weight.fixed) fixed.insert(weight.id);
  }
  return graph::find_channel_groups(network, weights, fixed);
}

nlohmann::ordered_json channels_to_json(const graph::ChannelGroups& channels) {
  auto groups = nlohmann::ordered_json::array();
  for (const graph::ChannelGroup& group : channels.groups) {
    auto members = nlohmann::ordered_json::array();
    for (const graph::ChannelMember& member : group.members) {
      constexpr const char* kRoles[] = {"makes", "reads", "follows"};
      members.push_back({{"tensor", graph::to_string(member.id)},
                         {"axis", member.axis},
                         {"role", kRoles[static_cast<int>(member.role)]}});
    }
    groups.push_back({{"name", group.name},
                      {"channels", group.channels},
                      {"floor", group.floor},
                      {"removable", group.removable()},
                      {"why_not", group.why_not},
                      {"members", members}});
  }
  return groups;
}

std::string channels_to_text(const graph::ChannelGroups& channels) {
  std::int64_t groups = 0;
  for (const graph::ChannelGroup& group : channels.groups) groups += group.removable() ? 1 : 0;
  std::string text = fmt::format("{} channels in {} groups can be removed (--pattern channel).\n",
                                 channels.channels, groups);
  for (const auto& [reason, stay] : by_reason(channels)) {
    constexpr std::size_t kNamed = 3;
    std::string names;
    for (std::size_t i = 0; i < stay.size() && i < kNamed; ++i) {
      names += (i == 0 ? "" : ", ") + fmt::format("{} ({})", stay[i]->name, stay[i]->channels);
    }
    if (stay.size() > kNamed) names += fmt::format(" and {} more", stay.size() - kNamed);
    text += fmt::format("Channels that stay, {}: {}.\n", reason, names);
  }
  return text;
}

}  // namespace gcompress::tools

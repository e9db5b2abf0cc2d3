// Which channels may go, and how far.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gcompress/core/base/error.h"
#include "gcompress/prune/channels.h"
#include "gcompress/prune/layer_names.h"

namespace gcompress::prune {
namespace {

// Weights whose channels stay, read or made: outside of the plan, or ignored.
std::set<graph::WeightId> untouched_of(const Plan& plan, const PruneOptions& options) {
  std::set<graph::WeightId> ids = outside_of(plan);
  const std::vector<bool> ignored = matching(plan.weights, options.ignore);
  for (std::size_t i = 0; i < plan.weights.size(); ++i) {
    if (ignored[i]) ids.insert(plan.weights[i].id);
  }
  return ids;
}

bool made_by_pruned(const graph::ChannelGroup& group, const std::set<graph::WeightId>& pruned) {
  return std::ranges::all_of(group.members, [&](const graph::ChannelMember& member) {
    return member.role != graph::ChannelRole::kMakes || !member.prunable ||
           pruned.contains(member.id);
  });
}

std::int64_t floor_of(const graph::ChannelGroup& group, const ChannelOptions& options) {
  const auto share = std::ceil(options.floor_share * static_cast<double>(group.channels));
  // A floor of 1, the default, is what a layer needs to be one: a group may need less.
  std::int64_t least = std::max({group.floor, options.floor_count > 1 ? options.floor_count : 0,
                                 static_cast<std::int64_t>(share)});
  if (group.channels >= options.multiple) {
    least = (least + options.multiple - 1) / options.multiple * options.multiple;
  }
  return std::min(least, group.channels);
}

double cost_of(const graph::ChannelCost& cost, ChannelTarget of) {
  return static_cast<double>(of == ChannelTarget::kFlops ? cost.flops : cost.parameters);
}

// All that may go, gone.
graph::ChannelSet at_floors(const ChannelPlan& channels) {
  graph::ChannelSet gone(static_cast<std::size_t>(channels.groups.channels), false);
  for (std::size_t i = 0; i < channels.floors.size(); ++i) {
    const graph::ChannelGroup& group = channels.groups.groups[i];
    for (std::int64_t c = channels.floors[i]; c < group.channels && group.removable(); ++c) {
      gone[static_cast<std::size_t>(group.first + c)] = true;
    }
  }
  return gone;
}

[[noreturn]] void throw_too_low(const ChannelPlan& channels, double least) {
  char would_work[32];
  std::snprintf(would_work, sizeof would_work, "%g", std::ceil(least / channels.all * 1e4) / 1e4);
  char target[32];
  std::snprintf(target, sizeof target, "%g", channels.options.target);
  throw_usage("the target " + std::string(target) +
                  " cannot be reached by removing channels: those that cannot go, and each "
                  "group's floor, cost more (gcompress inspect lists them)",
              "a target of " + std::string(would_work) + " would work");
}

[[noreturn]] void throw_nothing(const graph::ChannelGroups& groups) {
  std::string why = "the network has none";
  if (!groups.groups.empty()) {
    const graph::ChannelGroup& first = groups.groups.front();
    why =
        "of " + first.name + ", " + (first.removable() ? "its layers take no part" : first.why_not);
  }
  throw_usage("no channels can be removed: " + why,
              "prune weights instead (--pattern unstructured)");
}

}  // namespace

ChannelPlan plan_channels(const graph::Network& network, const Plan& plan,
                          const PruneOptions& prune_options, const ChannelOptions& options,
                          const graph::InferredShapes& shapes) {
  if (options.multiple < 1) throw_usage("channels in multiples of less than 1", "give at least 1");
  ChannelPlan result{.groups = graph::find_channel_groups(network, plan.weights,
                                                          untouched_of(plan, prune_options)),
                     .floors = {},
                     .costs = nullptr,
                     .options = options};
  std::set<graph::WeightId> pruned;
  for (const std::size_t i : plan.pruned) pruned.insert(plan.weights[i].id);
  bool any = false;
  for (const graph::ChannelGroup& group : result.groups.groups) {
    const bool may_go = group.removable() && made_by_pruned(group, pruned);
    result.floors.push_back(may_go ? floor_of(group, options) : group.channels);
    any = any || result.floors.back() < group.channels;
  }
  if (!any) throw_nothing(result.groups);
  result.costs = std::make_shared<graph::ChannelCosts>(network, result.groups, plan.weights,
                                                       outside_of(plan), shapes);
  const graph::ChannelSet none(static_cast<std::size_t>(result.groups.channels), false);
  result.all = cost_of(result.costs->without(none), options.of);
  result.budget = std::floor(options.target * result.all * (1 + 1e-12));
  const double least = cost_of(result.costs->without(at_floors(result)), options.of);
  if (least > result.budget) throw_too_low(result, least);
  return result;
}

}  // namespace gcompress::prune

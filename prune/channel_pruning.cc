// Cutting channels: at once, along a schedule, and the end of both.
#include <algorithm>
#include <cmath>

#include "gcompress/core/graph/shrink.h"
#include "gcompress/prune/channels.h"

namespace gcompress::prune {

ChannelResult finish_channels(const graph::Network& trained, const Plan& plan,
                              const ChannelPlan& channels, const graph::ChannelSet& gone,
                              bool shrink) {
  ChannelResult result;
  result.pruned = finish(trained, plan, graph::masks_of(channels.groups, gone));
  if (shrink) {
    result.pruned.network = graph::remove_channels(result.pruned.network, channels.groups, gone);
    result.pruned.masks = graph::remove_channels(result.pruned.masks, channels.groups, gone);
  }
  result.gone = gone;
  return result;
}

ChannelResult prune_channels_one_shot(const graph::Network& network, const Plan& plan,
                                      const ChannelPlan& channels,
                                      const ChannelCriterion& criterion, bool shrink) {
  const std::vector<double> scores = channel_scores(channels, plan, {}, criterion);
  return finish_channels(network, plan, channels,
                         choose_channels(channels, scores, choose_widths(channels, scores), {}),
                         shrink);
}

GradualChannelPruner::GradualChannelPruner(const Plan& plan, const ChannelPlan& channels,
                                           std::vector<std::int64_t> widths, CubicSchedule schedule)
    : plan_(plan),
      channels_(channels),
      schedule_(schedule),
      widths_(std::move(widths)),
      gone_(static_cast<std::size_t>(channels.groups.channels), false) {}

bool GradualChannelPruner::due(std::int64_t step, std::int64_t total_steps) const {
  return schedule_.due(step, total_steps);
}

std::optional<graph::Masks> GradualChannelPruner::masks_at(
    std::int64_t step, std::int64_t total_steps, const std::map<graph::WeightId, Tensor>& values,
    const ChannelCriterion& criterion) {
  if (!due(step, total_steps)) return std::nullopt;
  const double left = schedule_.density(step, total_steps, 0);  // 1 to 0: of what goes
  std::vector<std::int64_t> widths = widths_;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::int64_t goes = channels_.groups.groups[i].channels - widths[i];
    widths[i] += static_cast<std::int64_t>(std::ceil(left * static_cast<double>(goes)));
  }
  gone_ = choose_channels(channels_, channel_scores(channels_, plan_, values, criterion), widths,
                          gone_);
  return graph::masks_of(channels_.groups, gone_);
}

void GradualChannelPruner::restore(const graph::Masks& masks) {
  for (const graph::ChannelGroup& group : channels_.groups.groups) {
    if (!group.removable()) continue;
    for (const graph::ChannelMember& member : group.members) {
      const auto mask = masks.find(member.id);
      if (mask == masks.end() || !member.parameter) continue;
      std::int64_t inner = 1;
      const Shape& shape = mask->second.shape();
      for (std::size_t i = static_cast<std::size_t>(member.axis) + 1; i < shape.size(); ++i) {
        inner *= shape[i];
      }
      // A channel is gone where all of its slice is masked.
      const auto length = static_cast<std::int64_t>(member.channel_of.size());
      std::vector<bool> kept(member.channel_of.size(), false);
      for (std::int64_t e = 0; e < mask->second.size(); ++e) {
        if (mask->second.test(e)) kept[static_cast<std::size_t>(e / inner % length)] = true;
      }
      for (std::size_t i = 0; i < kept.size(); ++i) {
        const std::int32_t channel = member.channel_of[i];
        if (channel >= 0 && !kept[i]) gone_[static_cast<std::size_t>(channel)] = true;
      }
    }
  }
}

}  // namespace gcompress::prune

// Scores of channels, and the widths that lose least for what they save.
#include <algorithm>
#include <limits>
#include <numeric>

#include "gcompress/core/base/error.h"
#include "gcompress/prune/channels.h"

namespace gcompress::prune {
namespace {

// Sums of scores by index, for one axis of a weight.
struct AxisSums {
  const graph::ChannelMember* member = nullptr;
  std::int64_t inner = 1;  // elements behind one another that share an index
  std::vector<double> sums = {};
};

void add_scores(const graph::Weight& weight, const Tensor& value, const ChannelCriterion& criterion,
                std::vector<AxisSums>& axes) {
  constexpr std::int64_t kPiece = 1 << 16;
  std::vector<float> scores;
  for (std::int64_t begin = 0; begin < value.size(); begin += kPiece) {
    scores.resize(static_cast<std::size_t>(std::min(kPiece, value.size() - begin)));
    criterion.score(weight, value, begin, scores);
    if (!criterion.scores_add_up) {
      for (float& score : scores) score *= score;
    }
    for (AxisSums& axis : axes) {
      const auto length = static_cast<std::int64_t>(axis.sums.size());
      for (std::size_t i = 0; i < scores.size(); ++i) {
        const std::int64_t index = (begin + static_cast<std::int64_t>(i)) / axis.inner % length;
        axis.sums[static_cast<std::size_t>(index)] += scores[i];
      }
    }
  }
}

void add_shares(const AxisSums& axis, std::vector<double>& channels) {
  const double all = std::accumulate(axis.sums.begin(), axis.sums.end(), 0.0);
  if (all <= 0) return;
  for (std::size_t i = 0; i < axis.sums.size(); ++i) {
    const std::int32_t channel = axis.member->channel_of[i];
    if (channel >= 0) channels[static_cast<std::size_t>(channel)] += axis.sums[i] / all;
  }
}

double cost_of(const ChannelPlan& channels, const graph::ChannelSet& gone) {
  const graph::ChannelCost cost = channels.costs->without(gone);
  return static_cast<double>(channels.options.of == ChannelTarget::kFlops ? cost.flops
                                                                          : cost.parameters);
}

// A group on its way to fewer channels.
struct Narrowing {
  std::vector<std::size_t> order;  // its channels, the least first
  std::int64_t first = 0;          // of those, the next to go
  std::int64_t kept = 0;
  std::int64_t floor = 0;
  std::int64_t step = 1;  // channels that go at once
  std::int64_t multiple = 1;
  double score = 0;  // of all that is kept
  double score_all = 0;
  double saving = 0;  // by the next step, as of the last look

  // How many go next; 0: none.
  std::int64_t next() const {
    const std::int64_t odd = kept % multiple;
    const std::int64_t count = odd != 0 ? odd : step;
    return kept - count >= floor ? count : (kept > floor ? kept - floor : 0);
  }
};

std::vector<Narrowing> narrowings(const ChannelPlan& channels, const std::vector<double>& scores) {
  constexpr std::int64_t kSteps = 64;  // of a wide group
  std::vector<Narrowing> all;
  for (std::size_t i = 0; i < channels.floors.size(); ++i) {
    const graph::ChannelGroup& group = channels.groups.groups[i];
    Narrowing narrowing{.kept = group.channels, .floor = channels.floors[i]};
    if (group.removable()) {
      if (group.channels >= channels.options.multiple) {
        narrowing.multiple = channels.options.multiple;
      }
      const std::int64_t many = group.channels / kSteps / narrowing.multiple;
      narrowing.step = std::max<std::int64_t>(many, 1) * narrowing.multiple;
      narrowing.order.resize(static_cast<std::size_t>(group.channels));
      std::iota(narrowing.order.begin(), narrowing.order.end(),
                static_cast<std::size_t>(group.first));
      std::ranges::stable_sort(narrowing.order, {}, [&](std::size_t c) { return scores[c]; });
      for (const std::size_t c : narrowing.order) narrowing.score += scores[c];
      narrowing.score_all = narrowing.score;
    }
    all.push_back(std::move(narrowing));
  }
  return all;
}

void set_next(const Narrowing& narrowing, bool value, graph::ChannelSet& gone) {
  for (std::int64_t i = 0; i < narrowing.next(); ++i) {
    gone[narrowing.order[static_cast<std::size_t>(narrowing.first + i)]] = value;
  }
}

double next_score(const Narrowing& narrowing, const std::vector<double>& scores) {
  double sum = 0;
  for (std::int64_t i = 0; i < narrowing.next(); ++i) {
    sum += scores[narrowing.order[static_cast<std::size_t>(narrowing.first + i)]];
  }
  return sum;
}

}  // namespace

std::vector<double> channel_scores(const ChannelPlan& channels, const Plan& plan,
                                   const std::map<graph::WeightId, Tensor>& values,
                                   const ChannelCriterion& criterion) {
  std::map<graph::WeightId, std::vector<AxisSums>> axes;
  for (const graph::ChannelGroup& group : channels.groups.groups) {
    for (const graph::ChannelMember& member : group.members) {
      const bool scored = member.prunable && member.role != graph::ChannelRole::kFollows;
      if (group.removable() && scored) axes[member.id].push_back({.member = &member});
    }
  }
  std::vector<double> result(static_cast<std::size_t>(channels.groups.channels), 0);
  for (const graph::Weight& weight : plan.weights) {
    const auto found = axes.find(weight.id);
    if (found == axes.end()) continue;
    const Shape& shape = weight.value.shape();
    for (AxisSums& axis : found->second) {
      const auto at = static_cast<std::size_t>(axis.member->axis);
      axis.sums.assign(static_cast<std::size_t>(shape[at]), 0);
      for (std::size_t i = at + 1; i < shape.size(); ++i) axis.inner *= shape[i];
    }
    const auto present = values.find(weight.id);
    add_scores(weight, present == values.end() ? weight.value : present->second, criterion,
               found->second);
    for (const AxisSums& axis : found->second) add_shares(axis, result);
  }
  return result;
}

std::vector<std::int64_t> choose_widths(const ChannelPlan& channels,
                                        const std::vector<double>& scores) {
  constexpr double kLookAgain = 0.01;  // of all costs: what each group saves is counted anew
  std::vector<Narrowing> groups = narrowings(channels, scores);
  graph::ChannelSet gone(static_cast<std::size_t>(channels.groups.channels), false);
  double now = cost_of(channels, gone);
  double looked_at = std::numeric_limits<double>::infinity();
  while (now > channels.budget) {
    if (looked_at - now > kLookAgain * channels.all) {
      for (Narrowing& group : groups) {
        if (group.next() == 0) continue;
        set_next(group, true, gone);
        group.saving = now - cost_of(channels, gone);
        set_next(group, false, gone);
      }
      looked_at = now;
    }
    Narrowing* best = nullptr;
    double best_loss = std::numeric_limits<double>::infinity();
    for (Narrowing& group : groups) {
      if (group.next() == 0 || group.saving <= 0) continue;
      // Of what is left of the group, so that none is used up.
      const double loss = next_score(group, scores) * group.score_all /
                          std::max(group.score, 1e-300) / group.saving;
      if (best != nullptr && loss >= best_loss) continue;
      best = &group;
      best_loss = loss;
    }
    GCOMPRESS_CHECK(best != nullptr);  // plan_channels saw that the floors fit
    best->score -= next_score(*best, scores);
    set_next(*best, true, gone);
    const std::int64_t count = best->next();
    best->first += count;
    best->kept -= count;
    now = cost_of(channels, gone);
  }
  std::vector<std::int64_t> widths;
  for (const Narrowing& group : groups) widths.push_back(group.kept);
  return widths;
}

graph::ChannelSet choose_channels(const ChannelPlan& channels, const std::vector<double>& scores,
                                  const std::vector<std::int64_t>& widths,
                                  const graph::ChannelSet& within) {
  graph::ChannelSet gone(static_cast<std::size_t>(channels.groups.channels), false);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const graph::ChannelGroup& group = channels.groups.groups[i];
    if (!group.removable()) continue;
    std::vector<std::size_t> order(static_cast<std::size_t>(group.channels));
    std::iota(order.begin(), order.end(), static_cast<std::size_t>(group.first));
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      if (!within.empty() && within[a] != within[b]) return static_cast<bool>(within[a]);
      return scores[a] < scores[b];
    });
    for (std::int64_t k = 0; k < group.channels - widths[i]; ++k) {
      gone[order[static_cast<std::size_t>(k)]] = true;
    }
  }
  return gone;
}

}  // namespace gcompress::prune

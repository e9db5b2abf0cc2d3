// Figures from evidence.
#include "gcompress/measure/protocol/summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace gcompress::measure {
namespace {

struct BlockWindows {
  std::vector<const Window*> work;       // by position
  std::vector<const Window*> baselines;  // accepted ones before and after
};

std::vector<BlockWindows> blocks_of(const Evidence& evidence) {
  std::int64_t count = 0;
  for (const Window& window : evidence.windows) {
    if (window.kind == WindowKind::kWork) count = std::max(count, window.block + 1);
  }
  std::vector<BlockWindows> blocks(static_cast<std::size_t>(count));
  for (const Window& window : evidence.windows) {
    if (window.block < 0) continue;
    const auto at = static_cast<std::size_t>(window.block);
    if (window.kind == WindowKind::kWork) blocks[at].work.push_back(&window);
    if (window.kind != WindowKind::kIdle || !window.rejected.empty() || !window.joules) continue;
    if (at < blocks.size()) blocks[at].baselines.push_back(&window);
    if (at > 0 && at - 1 < blocks.size()) blocks[at - 1].baselines.push_back(&window);
  }
  return blocks;
}

std::optional<double> idle_watts_of(const BlockWindows& block) {
  if (block.baselines.empty()) return std::nullopt;
  double watts = 0;
  for (const Window* idle : block.baselines) watts += *idle->joules / idle->seconds;
  return watts / static_cast<double>(block.baselines.size());
}

// Cost of one inference of a window; nothing where it cannot be told.
std::optional<double> cost_of(const Window& window, const std::optional<double>& idle_watts,
                              Unit unit) {
  const auto inferences = static_cast<double>(window.inferences);
  if (unit == Unit::kSeconds) return window.seconds / inferences;
  if (!window.joules) return std::nullopt;
  if (unit == Unit::kJoules) return *window.joules / inferences;
  if (!idle_watts) return std::nullopt;
  return (*window.joules - *idle_watts * window.seconds) / inferences;
}

BlockOutcome outcome_of(const BlockWindows& windows, Unit unit) {
  Block block;
  if (windows.work.size() != block.values.size()) return std::nullopt;
  const std::optional<double> idle_watts = idle_watts_of(windows);
  for (std::size_t i = 0; i < block.values.size(); ++i) {
    const Window& window = *windows.work[i];
    const std::optional<double> cost = cost_of(window, idle_watts, unit);
    if (!window.rejected.empty() || !window.side || !cost) return std::nullopt;
    block.order[i] = *window.side;
    block.values[i] = *cost;
  }
  return block;
}

// Mean cost of a side in each kept block.
std::optional<MeanInterval> absolute(const std::vector<BlockOutcome>& outcomes,
                                     const StoppingRule& rule, Side side) {
  const std::vector<BlockFate> fates = judge(outcomes, rule);
  std::vector<double> means;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (fates[i] != BlockFate::kKept) continue;
    double sum = 0;
    for (std::size_t position = 0; position < outcomes[i]->values.size(); ++position) {
      if (outcomes[i]->order[position] == side) sum += outcomes[i]->values[position];
    }
    means.push_back(sum / 2);
  }
  if (means.size() < 2) return std::nullopt;
  return batch_means_interval(means);
}

std::optional<MeanInterval> idle_watts(const Evidence& evidence) {
  std::vector<double> watts;
  for (const Window& window : evidence.windows) {
    if (window.kind == WindowKind::kIdle && window.rejected.empty() && window.joules) {
      watts.push_back(*window.joules / window.seconds);
    }
  }
  if (watts.size() < 2) return std::nullopt;
  return batch_means_interval(watts);
}

}  // namespace

std::vector<BlockOutcome> block_outcomes(const Evidence& evidence, Unit unit) {
  std::vector<BlockOutcome> outcomes;
  for (const BlockWindows& block : blocks_of(evidence)) {
    outcomes.push_back(outcome_of(block, unit));
    if (outcomes.back() && std::ranges::min(outcomes.back()->values) <= 0) return {};
  }
  return outcomes;
}

ProtocolResult summarize(const Evidence& evidence) {
  ProtocolResult result;
  result.notes = evidence.notes;
  const auto figures = [&](Unit unit, std::optional<MeanInterval> SideFigures::* figure) {
    const std::vector<BlockOutcome> outcomes = block_outcomes(evidence, unit);
    result.before.*figure = absolute(outcomes, evidence.rule, Side::kBefore);
    result.after.*figure = absolute(outcomes, evidence.rule, Side::kAfter);
    return conclude(outcomes, evidence.rule);
  };
  result.seconds = figures(Unit::kSeconds, &SideFigures::seconds);
  if (evidence.step) {
    result.joules = figures(Unit::kJoules, &SideFigures::joules);
    if (block_outcomes(evidence, Unit::kMarginalJoules).empty()) {
      result.notes.emplace_back(
          "Some windows took no more energy than idling: no marginal joules.");
    } else {
      result.marginal_joules = figures(Unit::kMarginalJoules, &SideFigures::marginal_joules);
    }
    result.idle_watts = idle_watts(evidence);
  }
  for (const Window& window : evidence.windows) {
    if (!window.rejected.empty()) ++result.rejected[window.rejected];
    result.counters_disagree += window.counters_disagree ? 1 : 0;
  }
  if (result.counters_disagree > 0) {
    result.notes.push_back(fmt::format("Counter and integrated power disagree in {} windows.",
                                       result.counters_disagree));
  }
  return result;
}

Interval widened_by_gain(const Interval& joules, double gain) {
  return {joules.low * (1 - gain), joules.high * (1 + gain)};
}

}  // namespace gcompress::measure

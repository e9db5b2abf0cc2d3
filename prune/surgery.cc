// Dynamic network surgery.
#include "gcompress/prune/surgery.h"

#include <algorithm>
#include <cmath>

#include "gcompress/prune/cut.h"

namespace gcompress::prune {

std::int64_t SurgerySchedule::last_step(std::int64_t total_steps) const {
  return std::max(
      cut.end_step(total_steps),
      static_cast<std::int64_t>(std::llround(until * static_cast<double>(total_steps))));
}

bool SurgerySchedule::due(std::int64_t step, std::int64_t total_steps) const {
  if (cut.due(step, total_steps) || step == last_step(total_steps)) return true;
  if (step < cut.end_step(total_steps) || step > last_step(total_steps)) return false;
  auto stride = static_cast<double>(cut.stride(total_steps));
  auto at = static_cast<double>(cut.end_step(total_steps));
  while (at < static_cast<double>(step)) {
    at += std::floor(stride);
    stride *= growth;
  }
  return at == static_cast<double>(step);
}

struct SurgeryPruner::State {
  graph::Network network;
  Plan plan;
  PruneOptions options;
  SurgerySchedule schedule;
  double margin = 0;
  graph::DeadChannelCounter counter;
  graph::Masks masks = {};  // of the last update
  std::vector<graph::WeightId> floored = {};
};

SurgeryPruner::SurgeryPruner(const graph::Network& network, Plan plan, PruneOptions options,
                             SurgerySchedule schedule, double margin) {
  schedule.cut.check();
  if (!(schedule.until >= schedule.cut.end && schedule.until <= 1) || schedule.growth < 1 ||
      margin < 0) {
    throw_usage(
        "surgery lasts until share " + std::to_string(schedule.until) + " of the steps",
        "it must lie between the end of the cut, " + std::to_string(schedule.cut.end) + ", and 1");
  }
  graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  state_ = std::make_unique<State>(State{.network = network,
                                         .plan = std::move(plan),
                                         .options = std::move(options),
                                         .schedule = schedule,
                                         .margin = margin,
                                         .counter = std::move(counter)});
}

SurgeryPruner::~SurgeryPruner() = default;

bool SurgeryPruner::due(std::int64_t step, std::int64_t total_steps) const {
  return state_->schedule.due(step, total_steps);
}

std::optional<graph::Masks> SurgeryPruner::masks_at(std::int64_t step, std::int64_t total_steps,
                                                    const std::map<graph::WeightId, Tensor>& values,
                                                    ScoreInputs evidence) {
  if (!due(step, total_steps)) return std::nullopt;
  State& state = *state_;
  const double budget = state.schedule.cut.budget(step, total_steps, state.plan);
  const bool target_reached = step >= state.schedule.cut.end_step(total_steps);
  FittingPrefix prefix = cut({.network = state.network,
                              .plan = state.plan,
                              .options = state.options,
                              .counter = state.counter,
                              .budget = budget,
                              .density = target_reached ? 0 : budget / state.plan.cost_all,
                              .values = values,
                              .evidence = std::move(evidence),
                              .against = &state.masks,
                              .margin = state.margin});
  state.floored = std::move(prefix.allocation.floored);
  state.masks = std::move(prefix.allocation.masks);
  if (step == state.schedule.last_step(total_steps)) {
    state.masks = state.counter.without_idle(state.masks, values);
  }
  return state.masks;
}

void SurgeryPruner::restore(const graph::Masks& masks) { state_->masks = masks; }

const std::vector<graph::WeightId>& SurgeryPruner::floored() const { return state_->floored; }

}  // namespace gcompress::prune

// Gradual pruning inside a fit: a cubic budget of effective parameters.
#include <algorithm>
#include <cmath>

#include "gcompress/prune/cut.h"
#include "gcompress/prune/prune.h"

namespace gcompress::prune {
namespace {

std::int64_t step_at(double share, std::int64_t total_steps) {
  return static_cast<std::int64_t>(std::llround(share * static_cast<double>(total_steps)));
}

}  // namespace

std::int64_t CubicSchedule::begin_step(std::int64_t total_steps) const {
  return step_at(begin, total_steps);
}

std::int64_t CubicSchedule::end_step(std::int64_t total_steps) const {
  return step_at(end, total_steps);
}

std::int64_t CubicSchedule::stride(std::int64_t total_steps) const {
  const std::int64_t length = end_step(total_steps) - begin_step(total_steps);
  return std::clamp<std::int64_t>(length / least_updates, 1, every);
}

double CubicSchedule::density(std::int64_t step, std::int64_t total_steps,
                              double final_density) const {
  const std::int64_t first = begin_step(total_steps);
  const std::int64_t last = end_step(total_steps);
  if (step >= last) return final_density;
  if (step <= first) return 1;
  const double left = static_cast<double>(last - step) / static_cast<double>(last - first);
  return final_density + (1 - final_density) * left * left * left;
}

bool CubicSchedule::due(std::int64_t step, std::int64_t total_steps) const {
  const std::int64_t first = begin_step(total_steps);
  const std::int64_t last = end_step(total_steps);
  return step == last || (step > first && step < last && (step - first) % stride(total_steps) == 0);
}

double CubicSchedule::budget(std::int64_t step, std::int64_t total_steps, const Plan& plan) const {
  const double present = density(step, total_steps, plan.budget / plan.cost_all);
  return std::max(plan.budget, std::floor(present * plan.cost_all));
}

void CubicSchedule::check() const {
  if (begin >= 0 && begin <= end && end <= 1 && every >= 1 && least_updates >= 1) return;
  throw_usage("the pruning schedule runs from share " + std::to_string(begin) +
                  " of the steps to " + std::to_string(end) + ", every " + std::to_string(every) +
                  " steps",
              "0 <= begin <= end <= 1 and at least 1 step are needed");
}

struct GradualPruner::State {
  graph::Network network;
  Plan plan;
  PruneOptions options;
  CubicSchedule schedule;
  graph::DeadChannelCounter counter;
  graph::Masks masks = {};  // of the last update
  std::vector<graph::WeightId> floored = {};
};

GradualPruner::GradualPruner(const graph::Network& network, Plan plan, PruneOptions options,
                             CubicSchedule schedule) {
  schedule.check();
  graph::DeadChannelCounter counter(network, plan.weights, outside_of(plan));
  state_ = std::make_unique<State>(State{.network = network,
                                         .plan = std::move(plan),
                                         .options = std::move(options),
                                         .schedule = schedule,
                                         .counter = std::move(counter)});
}

GradualPruner::~GradualPruner() = default;

bool GradualPruner::due(std::int64_t step, std::int64_t total_steps) const {
  return state_->schedule.due(step, total_steps);
}

std::optional<graph::Masks> GradualPruner::masks_at(std::int64_t step, std::int64_t total_steps,
                                                    const std::map<graph::WeightId, Tensor>& values,
                                                    ScoreInputs evidence) {
  if (!due(step, total_steps)) return std::nullopt;
  State& state = *state_;
  const bool is_last = step == state.schedule.end_step(total_steps);
  const double budget = state.schedule.budget(step, total_steps, state.plan);
  FittingPrefix prefix = cut({.network = state.network,
                              .plan = state.plan,
                              .options = state.options,
                              .counter = state.counter,
                              .budget = budget,
                              .density = is_last ? 0 : budget / state.plan.cost_all,
                              .values = values,
                              .evidence = std::move(evidence),
                              .within = &state.masks});
  state.floored = std::move(prefix.allocation.floored);
  state.masks = std::move(prefix.allocation.masks);
  if (is_last) state.masks = state.counter.without_idle(state.masks, values);
  return state.masks;
}

void GradualPruner::restore(const graph::Masks& masks) { state_->masks = masks; }

const std::vector<graph::WeightId>& GradualPruner::floored() const { return state_->floored; }

}  // namespace gcompress::prune

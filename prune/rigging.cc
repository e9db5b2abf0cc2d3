// RigL: drop and grow.
#include "gcompress/prune/rigging.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/prune/rounds.h"

namespace gcompress::prune {
namespace {

// The `count` first of the indices, by falling key; ties go to the earlier element.
std::vector<std::int64_t> best(std::vector<std::int64_t> indices, std::size_t count,
                               const std::vector<float>& keys) {
  const auto better = [&](std::int64_t a, std::int64_t b) {
    const float left = keys[static_cast<std::size_t>(a)];
    const float right = keys[static_cast<std::size_t>(b)];
    return left != right ? left > right : a < b;
  };
  count = std::min(count, indices.size());
  const auto middle = indices.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(indices.begin(), middle, indices.end(), better);
  indices.resize(count);
  return indices;
}

std::vector<float> magnitudes(const Tensor& tensor) {
  std::vector<float> values = to_float32(tensor);
  for (float& value : values) value = std::fabs(value);
  return values;
}

// Keeps the largest weights but `count`, and as many more where the gradient is largest. What was
// dropped may grow at once: then it stays as it is.
graph::Mask exchange(const graph::Mask& mask, const Tensor& value, const Tensor& gradient,
                     std::size_t count) {
  std::vector<std::int64_t> active;
  std::vector<std::int64_t> idle;
  for (std::int64_t i = 0; i < mask.size(); ++i) (mask.test(i) ? active : idle).push_back(i);
  const std::size_t keep = active.size() - std::min(count, active.size());
  graph::Mask result(mask.shape(), false);
  for (const std::int64_t i : best(active, keep, magnitudes(value))) result.set(i, true);
  for (const std::int64_t i : active) {
    if (!result.test(i)) idle.push_back(i);
  }
  for (const std::int64_t i : best(idle, active.size() - keep, magnitudes(gradient))) {
    result.set(i, true);
  }
  return result;
}

}  // namespace

bool RiggingSchedule::due(std::int64_t step, std::int64_t total_steps) const {
  return step > 0 && step % every == 0 &&
         static_cast<double>(step) < until * static_cast<double>(total_steps);
}

double RiggingSchedule::exchanged(std::int64_t step, std::int64_t total_steps) const {
  const double end = until * static_cast<double>(total_steps);
  if (static_cast<double>(step) >= end) return 0;
  return share / 2 * (1 + std::cos(std::numbers::pi * static_cast<double>(step) / end));
}

void RiggingSchedule::check() const {
  if (every >= 1 && until >= 0 && until <= 1 && share >= 0 && share <= 1) return;
  throw_usage("rigging exchanges the share " + std::to_string(share) + " every " +
                  std::to_string(every) + " steps until share " + std::to_string(until),
              "shares lie in 0..1, and at least 1 step is needed");
}

graph::Masks first_masks(const graph::Network& network, const Plan& plan,
                         const PruneOptions& options, const ScoreInputs& evidence) {
  double budget = plan.budget;
  while (true) {
    graph::Masks masks = cut_round(network, plan, options, {}, budget, false, evidence).masks;
    graph::KeptCounts counts;
    for (const graph::Weight& weight : plan.weights) counts[weight.id] = weight.size();
    for (const std::size_t i : plan.outside) counts.erase(plan.weights[i].id);
    for (const auto& [id, mask] : masks) counts[id] = mask.kept();
    const double excess = plan.cost.cost(counts) - plan.budget;
    if (excess <= 0) return masks;
    budget -= std::max(1.0, std::floor(excess));  // below what must stay, cut_round throws
  }
}

graph::Masks random_masks(const Plan& plan, const std::map<graph::WeightId, std::int64_t>& counts,
                          std::uint64_t seed) {
  graph::Masks masks;
  for (const std::size_t i : plan.pruned) {
    const graph::Weight& weight = plan.weights[i];
    RandomStream random(seed, "random mask", 0, i);
    const std::vector<std::int64_t> order = permutation(weight.size(), random);
    graph::Mask mask(weight.value.shape(), false);
    const std::int64_t count = std::min(counts.at(weight.id), weight.size());
    for (std::int64_t k = 0; k < count; ++k) mask.set(order[static_cast<std::size_t>(k)], true);
    masks[weight.id] = std::move(mask);
  }
  return masks;
}

struct Rigger::State {
  Plan plan;
  graph::Masks masks;
  RiggingSchedule schedule;
};

Rigger::Rigger(Plan plan, graph::Masks initial, RiggingSchedule schedule) {
  schedule.check();
  state_ = std::make_unique<State>(
      State{.plan = std::move(plan), .masks = std::move(initial), .schedule = schedule});
}

Rigger::~Rigger() = default;

const graph::Masks& Rigger::masks() const { return state_->masks; }

bool Rigger::due(std::int64_t step, std::int64_t total_steps) const {
  return state_->schedule.due(step, total_steps);
}

std::optional<graph::Masks> Rigger::masks_at(std::int64_t step, std::int64_t total_steps,
                                             const std::map<graph::WeightId, Tensor>& values,
                                             const std::map<graph::WeightId, Tensor>& gradients) {
  if (!due(step, total_steps)) return std::nullopt;
  const double share = state_->schedule.exchanged(step, total_steps);
  for (const std::size_t i : state_->plan.pruned) {
    const graph::WeightId& id = state_->plan.weights[i].id;
    const auto gradient = gradients.find(id);
    const auto mask = state_->masks.find(id);
    if (gradient == gradients.end() || mask == state_->masks.end()) continue;
    const auto count = static_cast<std::size_t>(share * static_cast<double>(mask->second.kept()));
    mask->second = exchange(mask->second, values.at(id), gradient->second, count);
  }
  return state_->masks;
}

void Rigger::restore(const graph::Masks& masks) { state_->masks = masks; }

}  // namespace gcompress::prune

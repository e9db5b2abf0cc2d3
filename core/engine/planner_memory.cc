// Making a plan: where values lie.
#include <algorithm>

#include "gcompress/core/engine/planner.h"

namespace gcompress::engine {

Plan::Place Planner::place_of(std::size_t value, std::size_t segment,
                              const std::vector<std::int64_t>& offsets) const {
  if (value == kNothing) return {};
  const Value& of = values_[value];
  Place place{.kind = of.kind, .index = of.index};
  const bool by_sample = segments_.empty() ? false : segments_[segment].samples > 1;
  if (of.kind == Place::Kind::kShared || of.kind == Place::Kind::kLocal) {
    place.index = static_cast<std::size_t>(offsets[value] + of.around);
  }
  if (!by_sample) return place;
  // Made for all samples at once, it is cut into as many here.
  if (of.kind == Place::Kind::kShared) {
    place.sample = of.samples > 1 ? of.elements : of.elements / segments_[segment].samples;
  } else if (of.kind == Place::Kind::kInput) {
    place.sample = of.elements / segments_[segment].samples;
  }
  return place;
}

void Planner::place_values() {
  for (const graph::Value& output : network_.graph.outputs) {
    if (drafts_.constants.contains(output.name)) constant_value(output.name);
    values_[known_.at(output.name)].last = kAlways;
  }
  // Values that threads have of their own may lie where those of other segments do.
  std::vector<Lifetime> shared;
  std::vector<Lifetime> local;
  std::vector<std::size_t> place(values_.size());  // among those of its kind
  for (std::size_t v = 0; v < values_.size(); ++v) {
    const Value& value = values_[v];
    if (value.kind != Place::Kind::kShared && value.kind != Place::Kind::kLocal) continue;
    auto& lives = value.kind == Place::Kind::kShared ? shared : local;
    place[v] = lives.size();
    std::size_t first = value.first;
    std::size_t last = value.last;
    if (value.kind == Place::Kind::kShared && last != kAlways) {
      // While one sample is in the last step of a segment another may be in the first.
      for (const Segment& segment : plan_.segments_) {
        if (segment.samples == 1 || segment.begin == segment.end) continue;
        if (first >= segment.begin && first < segment.end) first = segment.begin;
        if (last >= segment.begin && last < segment.end) last = segment.end - 1;
      }
    }
    lives.push_back({.elements = value.elements * value.samples + 2 * value.around,
                     .first = first,
                     .last = last});
  }
  const Arena shared_arena = lay_out(shared);
  const Arena local_arena = lay_out(local);
  std::vector<std::int64_t> offsets(values_.size());
  for (std::size_t v = 0; v < values_.size(); ++v) {
    if (values_[v].kind == Place::Kind::kShared) offsets[v] = shared_arena.offsets[place[v]];
    if (values_[v].kind == Place::Kind::kLocal) offsets[v] = local_arena.offsets[place[v]];
  }
  plan_.shared_ = make_memory(shared_arena.elements);
  plan_.local_.assign(static_cast<std::size_t>(plan_.threads_), make_memory(local_arena.elements));
  std::size_t most_inputs = 0;
  for (std::size_t segment = 0; segment < plan_.segments_.size(); ++segment) {
    for (std::size_t s = plan_.segments_[segment].begin; s < plan_.segments_[segment].end; ++s) {
      Plan::Step& step = plan_.steps_[s];
      for (const std::size_t value : reads_[s].values) {
        step.inputs.push_back(place_of(value, segment, offsets));
      }
      step.output = place_of(reads_[s].output, segment, offsets);
      step.scratch = place_of(reads_[s].scratch, segment, offsets);
      most_inputs = std::max(most_inputs, step.inputs.size());
    }
  }
  place_chains(offsets);
  plan_.pointers_.assign(static_cast<std::size_t>(plan_.threads_),
                         std::vector<const float*>(most_inputs));
  for (const graph::Value& output : network_.graph.outputs) {
    const std::size_t value = known_.at(output.name);
    Place at = place_of(value, 0, offsets);
    at.sample = 0;
    const Tensor* constant = nullptr;
    if (const auto found = drafts_.constants.find(output.name); found != drafts_.constants.end()) {
      constant = &found->second;
    }
    plan_.outputs_.push_back(
        {.name = output.name,
         .shape = constant == nullptr ? drafts_.shapes.at(output.name) : constant->shape(),
         .place = at});
  }
}

}  // namespace gcompress::engine

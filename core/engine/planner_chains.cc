// Making a plan: chains of layers that are computed by bands of rows.
#include <algorithm>

#include "gcompress/core/engine/convolution.h"
#include "gcompress/core/engine/planner.h"
#include "gcompress/core/kernels/cpu/depthwise.h"

namespace gcompress::engine {
namespace {

constexpr std::int64_t kTapBytes = 12;   // a value, and code or an offset
constexpr std::int64_t kDenseBytes = 4;  // of a weight where all are taken

std::int64_t whole_lines(std::int64_t floats) { return (floats + kLine - 1) / kLine * kLine; }

}  // namespace

void Planner::count_readers() {
  for (const Draft& draft : drafts_.steps) {
    for (std::size_t i = 0; i < draft.inputs(); ++i) ++readers_[draft.input(i)];
  }
}

// A convolution from planes, or what becomes planes, to planes.
bool Planner::may_be_chained(const Draft& draft, std::size_t segment) const {
  const Binding& binding = draft.binding;
  if (!reach_of(binding) || !draft.runtime(0)) return false;
  if (draft.inputs() > (draft.nodes.fused.add ? 1 : 0) + binding.node.inputs.size()) return false;
  for (std::size_t i = 1; i < binding.inputs.size(); ++i) {
    if (draft.runtime(i)) return false;
  }
  return view(binding.inputs[0], segment)[0] == 1 &&
         in_planes(draft, view(binding.outputs[0], segment), segment);
}

// Whether the draft is the only one that reads the output of that before it.
bool Planner::follows(std::size_t draft, std::size_t segment) const {
  const Draft& before = drafts_.steps[draft - 1];
  return may_be_chained(drafts_.steps[draft], segment) && !before.nodes.fused.add &&
         drafts_.steps[draft].input(0) == before.nodes.output &&
         readers_.at(before.nodes.output) == 1;
}

ChainLayer Planner::chain_layer(const Draft& draft, std::size_t segment) const {
  const std::vector<float> weight = draft.binding.floats(1);
  const auto taps = static_cast<std::int64_t>(weight.size()) - std::ranges::count(weight, 0.0F);
  const Shape out = view(draft.binding.outputs[0], segment);
  return {.reach = *reach_of(draft.binding),
          .channels = out[1],
          .height = out[2],
          .row = frames_.layout_of(out).row,
          .weight_bytes =
              std::min(taps * kTapBytes, kDenseBytes * static_cast<std::int64_t>(weight.size()))};
}

std::vector<ChainCut> Planner::chains_of(std::size_t segment) const {
  std::vector<ChainCut> chains;
  for (std::size_t i = segments_[segment].begin; i < segments_[segment].end;) {
    std::size_t end = i;
    std::vector<ChainLayer> layers;
    while (end < segments_[segment].end &&
           (end == i ? may_be_chained(drafts_.steps[i], segment) : follows(end, segment))) {
      layers.push_back(chain_layer(drafts_.steps[end++], segment));
    }
    if (layers.size() > 1) {
      const std::int64_t input = element_count(view(drafts_.steps[i].binding.inputs[0], segment)) *
                                 static_cast<std::int64_t>(sizeof(float));
      for (const ChainCut& cut : cut_into_chains(layers, input, cache_bytes_)) {
        chains.push_back({.begin = cut.begin + i, .end = cut.end + i, .rows = cut.rows});
      }
    }
    i = std::max(end, i + 1);
  }
  return chains;
}

Plan::Chain Planner::shape_chain(const ChainCut& cut, std::size_t segment) const {
  std::vector<ChainLayer> layers;
  for (std::size_t i = cut.begin; i < cut.end; ++i) {
    layers.push_back(chain_layer(drafts_.steps[i], segment));
  }
  Plan::Chain chain{.bands = bands_of(layers, cut.rows)};
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const Shape out = view(drafts_.steps[cut.begin + k].binding.outputs[0], segment);
    chain.layouts.push_back(band_layout(layers[k], out[3], chain.bands[k]));
  }
  const Draft& last = drafts_.steps[cut.end - 1];
  chain.output_layout = frames_.layout_of(view(last.binding.outputs[0], segment));
  const std::int64_t height = chain.output_layout.height;
  chain.times = (height + cut.rows - 1) / cut.rows;
  if (!segments_[segment].alone) {
    chain.parts = std::min<std::int64_t>(plan_.threads_, chain.times);
  }
  // What is computed in whole lines reaches beyond a band: into what another thread computes, or
  // beyond the map.
  chain.gathers = height % cut.rows != 0 ||
                  (chain.parts > 1 && cut.rows * chain.output_layout.row % kLine != 0);
  if (chain.gathers) {
    chain.fused = last.binding.fused;
  } else {
    chain.layouts.back() = chain.output_layout;
  }
  return chain;
}

// What steps of a chain read from elsewhere: it may have to be laid out anew, by steps before.
std::vector<Binding> Planner::bind_chain(const ChainCut& cut, const Plan::Chain& chain,
                                         std::size_t segment, std::vector<Reads>& reads) {
  std::vector<Binding> bindings;
  for (std::size_t k = 0; k < reads.size(); ++k) {
    const Draft& draft = drafts_.steps[cut.begin + k];
    Binding& binding = bindings.emplace_back(bind(draft, segment));
    binding.threads = 1;
    binding.band_rows = chain.bands[k].rows;
    binding.output_layout = chain.layouts[k];
    reads[k].values.assign(draft.inputs(), kNothing);
    reads[k].scratch = kNothing;
    if (k == 0) {
      reads[k].values[0] = read_first(draft, binding, true, segment);
    } else {
      binding.layouts[0] = chain.layouts[k - 1];
    }
    if (draft.nodes.fused.add) {
      reads[k].values.back() = read(draft, draft.inputs() - 1, segment, chain.output_layout);
      if (chain.gathers) binding.fused = {};
    }
  }
  Value& input = values_[reads[0].values[0]];
  if (input.layout) {  // a band that reaches beyond the map reads beyond the input
    const std::int64_t rows = chain.bands[0].rows + reach_of(bindings[0])->extent;
    input.around = std::max(input.around, whole_lines(rows * input.layout->row + 2 * kLine));
  }
  return bindings;
}

// Bands of all steps take turns: whatever they use lives as long as the chain runs.
void Planner::keep_for_chain(const Plan::Chain& chain, std::size_t output) {
  const auto keep = [&](std::size_t value) {
    if (value == kNothing) return;
    values_[value].first = chain.begin;
    values_[value].last = chain.end - 1;
  };
  keep(output);
  for (std::size_t s = chain.begin; s < chain.end; ++s) {
    for (const std::size_t value : reads_[s].values) {
      if (value != kNothing) values_[value].last = chain.end - 1;
    }
    keep(reads_[s].output);
    keep(reads_[s].scratch);
  }
}

void Planner::add_chain(const ChainCut& cut, std::size_t segment) {
  Plan::Chain chain = shape_chain(cut, segment);
  const std::size_t count = cut.end - cut.begin;
  std::vector<Reads> reads(count);
  const std::vector<Binding> bindings = bind_chain(cut, chain, segment, reads);
  const bool by_sample = segments_[segment].samples > 1;
  const Draft& last = drafts_.steps[cut.end - 1];
  const std::size_t output =
      new_value({.kind = by_sample ? Place::Kind::kLocal : Place::Kind::kShared,
                 .segment = segment,
                 .elements = chain.output_layout.elements(),
                 .layout = chain.output_layout});
  known_[last.nodes.output] = output;
  chain.begin = reads_.size();
  std::int64_t scratch = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const Draft& draft = drafts_.steps[cut.begin + k];
    try {
      Kernel kernel = draft.row->make(bindings[k]);
      kernel.facts.name += ", bands of " + std::to_string(chain.bands[k].rows);
      const bool buffered = k + 1 < count || chain.gathers;
      reads[k].output =
          !buffered ? output
                    : new_value({.kind = Place::Kind::kLocal,
                                 .segment = segment,
                                 .elements = chain.layouts[k].elements() + kernels::kDepthwiseSlack,
                                 .layout = chain.layouts[k]});
      if (k > 0) reads[k].values[0] = reads[k - 1].output;
      scratch = std::max(scratch, kernel.scratch);
      append(std::move(kernel), reads[k], facts_of(bindings[k], segment));
    } catch (const Error& error) {
      return miss(draft, error, segment);
    }
  }
  chain.end = reads_.size();
  if (scratch > 0) {
    const std::size_t value =
        new_value({.kind = Place::Kind::kLocal, .segment = segment, .elements = scratch});
    for (std::size_t s = chain.begin; s < chain.end; ++s) reads_[s].scratch = value;
  }
  keep_for_chain(chain, output);
  chain_outputs_.push_back(output);
  chain_segments_.push_back(segment);
  plan_.chains_.push_back(std::move(chain));
}

void Planner::place_chains(const std::vector<std::int64_t>& offsets) {
  for (std::size_t i = 0; i < plan_.chains_.size(); ++i) {
    plan_.chains_[i].output = place_of(chain_outputs_[i], chain_segments_[i], offsets);
  }
}

}  // namespace gcompress::engine

// Making a plan.
#include "gcompress/core/engine/planner.h"

#include <algorithm>

#include "gcompress/core/engine/convolution.h"
#include "gcompress/core/engine/weight_rows.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::engine {
namespace {

// Samples along the first axis of the inputs; 1 if they differ.
std::int64_t samples_of(const std::map<std::string, Shape>& inputs) {
  std::int64_t samples = 0;
  for (const auto& [name, shape] : inputs) {
    const std::int64_t first = shape.empty() ? 1 : shape[0];
    if (samples != 0 && samples != first) return 1;
    samples = first;
  }
  return std::max<std::int64_t>(1, samples);
}

// The frame that a convolution wants around its input.
std::optional<Frame> frame_of(const Binding& binding) {
  if (binding.node.op_type != "Conv" || binding.inputs[0].size() != 4) return std::nullopt;
  if (!binding.is_constant(1)) return std::nullopt;
  const Shape& kernel = binding.constants[1].shape();
  return wanted_frame(graph::conv_attributes(binding.node, {kernel[2], kernel[3]}),
                      binding.inputs[0], binding.outputs[0]);
}

}  // namespace

Planner::Planner(const graph::Network& network, const std::map<std::string, Shape>& inputs,
                 int threads, std::int64_t cache_bytes, Plan& plan)
    : network_(network),
      cache_bytes_(cache_bytes),
      plan_(plan),
      drafts_(draft_steps(network, inputs, threads)),
      segments_(split_into_segments(drafts_.steps, samples_of(inputs))) {
  plan_.threads_ = threads;
  for (const Draft& draft : drafts_.steps) {
    if (!draft.row->takes_fused && draft.binding.node.op_type != "MatMul") continue;
    if (!draft.binding.is_constant(1)) continue;
    const std::vector<float> weight = draft.binding.floats(1);
    network_taps_ += static_cast<std::int64_t>(weight.size()) - std::ranges::count(weight, 0.0F);
  }
  for (Segment& segment : segments_) {
    segment.alone = segment.samples > 1 && network_taps_ <= WeightRows::kNearTaps;
  }
}

void Planner::make() {
  take_inputs();
  if (drafts_.missing.empty()) {
    find_frames();
    find_local_values();
    count_readers();
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const std::size_t begin = reads_.size();
      add_steps(s);
      plan_.segments_.push_back({.begin = begin,
                                 .end = reads_.size(),
                                 .samples = segments_[s].samples,
                                 .alone = segments_[s].alone});
    }
  }
  if (!drafts_.missing.empty()) throw_missing();
  place_values();
}

void Planner::take_inputs() {
  for (const graph::Value& input : graph::runtime_inputs(network_.graph)) {
    known_[input.name] = new_value({.kind = Place::Kind::kInput,
                                    .index = plan_.input_names_.size(),
                                    .elements = element_count(drafts_.shapes[input.name])});
    plan_.input_names_.push_back(input.name);
  }
}

Shape Planner::view(const Shape& shape, std::size_t segment) const {
  Shape seen = shape;
  if (segments_[segment].samples > 1) seen[0] = 1;
  return seen;
}

void Planner::find_frames() {
  for (const Draft& draft : drafts_.steps) {
    const Shape& in = draft.binding.inputs[0];
    if (const auto frame = frame_of(draft.binding)) frames_.want(in[2], in[3], *frame);
  }
}

// A value leaves its segment if another reads it, or nobody but the network's user.
void Planner::find_local_values() {
  std::map<std::string, std::size_t> maker;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    for (std::size_t i = segments_[s].begin; i < segments_[s].end; ++i) {
      maker[drafts_.steps[i].nodes.output] = s;
      local_.insert(drafts_.steps[i].nodes.output);
    }
  }
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    for (std::size_t i = segments_[s].begin; i < segments_[s].end; ++i) {
      const Draft& draft = drafts_.steps[i];
      for (std::size_t input = 0; input < draft.inputs(); ++input) {
        const auto made = maker.find(draft.input(input));
        if (made != maker.end() && made->second != s) local_.erase(draft.input(input));
      }
    }
  }
  for (const graph::Value& output : network_.graph.outputs) local_.erase(output.name);
}

std::size_t Planner::new_value(const Value& value) {
  values_.push_back(value);
  return values_.size() - 1;
}

std::size_t Planner::constant_value(const std::string& name) {
  if (const auto found = known_.find(name); found != known_.end()) return found->second;
  const Tensor& tensor = drafts_.constants.at(name);
  std::vector<float> floats;
  if (is_floating(tensor.dtype())) {
    floats = to_float32(tensor);
  } else {
    const std::vector<std::int64_t> integers = to_int64(tensor);
    floats.assign(integers.begin(), integers.end());
  }
  plan_.constants_.push_back(std::move(floats));
  return known_[name] =
             new_value({.kind = Place::Kind::kConstant, .index = plan_.constants_.size() - 1});
}

// Whether the output is made as planes.
bool Planner::in_planes(const Draft& draft, const Shape& view, std::size_t segment) const {
  if (view.size() != 4 || view[0] != 1 || view[2] * view[3] == 1) return false;
  if (!local_.contains(draft.nodes.output) || draft.row->planes == Planes::kNo) return false;
  if (draft.row->planes == Planes::kBoth) return true;
  if (draft.row->planes == Planes::kReads) return false;
  const PlaneLayout layout = frames_.layout_of(view);
  for (std::size_t i = 0; i < draft.inputs(); ++i) {
    if (draft.input(i).empty()) continue;
    if (!draft.runtime(i)) return false;
    const Value& value = values_[known_.at(draft.input(i))];
    if (value.layout != layout || value.segment != segment) return false;
  }
  return true;
}

std::size_t Planner::converted(std::size_t value, const std::string& name, std::size_t segment,
                               const std::optional<PlaneLayout>& layout) {
  const auto key = std::make_pair(value, segment);
  if (const auto found = conversions_.find(key); found != conversions_.end()) return found->second;
  const std::optional<PlaneLayout> from = values_[value].layout;
  const PlaneLayout planes = from ? *from : *layout;
  const std::int64_t plain = planes.channels * planes.height * planes.width;
  const std::size_t made = new_value(
      {.kind = segments_[segment].samples > 1 ? Place::Kind::kLocal : Place::Kind::kShared,
       .segment = segment,
       .elements = from ? plain : planes.elements(),
       .layout = from ? std::nullopt : layout});
  Kernel kernel = from ? Kernel([planes](const Call& call) {
    from_planes(planes, call.inputs[0], call.outputs[0]);
  })
                       : Kernel([planes](const Call& call) {
                           to_planes(planes, call.inputs[0], call.outputs[0]);
                         });
  kernel.facts.name = from ? "planes to rows" : "rows to planes";
  append(std::move(kernel), {.values = {value}, .output = made, .scratch = kNothing},
         {.node = name, .op_type = {}, .samples = segments_[segment].samples, .kernel = {}});
  return conversions_[key] = made;
}

// The input as the step reads it, in this layout.
std::size_t Planner::read(const Draft& draft, std::size_t input, std::size_t segment,
                          const std::optional<PlaneLayout>& layout) {
  if (draft.input(input).empty()) return kNothing;
  if (!draft.runtime(input)) {
    return draft.row->reads_constants ? constant_value(draft.input(input)) : kNothing;
  }
  const std::size_t value = known_.at(draft.input(input));
  if (values_[value].layout == layout) return value;
  return converted(value, draft.input(input), segment, layout);
}

// Whether the output is the input under another shape, and may lie where that lies: then no step is
// needed.
bool Planner::renames(const Draft& draft) {
  if (!draft.row->same_elements || !draft.runtime(0)) return false;
  const std::size_t input = known_.at(draft.input(0));
  const Value& value = values_[input];
  if (value.layout && draft.row->planes != Planes::kKeeps) return false;
  // What a thread has of its own does not leave its segment.
  if (value.kind == Place::Kind::kLocal && !local_.contains(draft.nodes.output)) return false;
  known_[draft.nodes.output] = input;
  return true;
}

void Planner::add_steps(std::size_t segment) {
  const std::vector<ChainCut> chains = chains_of(segment);
  auto chain = chains.begin();
  for (std::size_t i = segments_[segment].begin; i < segments_[segment].end;) {
    if (chain != chains.end() && chain->begin == i) {
      add_chain(*chain, segment);
      i = chain++->end;
    } else {
      add_step(drafts_.steps[i++], segment);
    }
  }
}

// As the step computes it: of one sample, or all.
Binding Planner::bind(const Draft& draft, std::size_t segment) const {
  Binding binding = draft.binding;
  if (segments_[segment].alone) binding.threads = 1;
  binding.network_taps = network_taps_;
  for (std::size_t i = 0; i < binding.inputs.size(); ++i) {
    if (draft.runtime(i)) binding.inputs[i] = view(binding.inputs[i], segment);
  }
  binding.outputs[0] = view(binding.outputs[0], segment);
  return binding;
}

StepFacts Planner::facts_of(const Binding& binding, std::size_t segment) const {
  return {.node = graph::label_of(binding.node),
          .op_type = binding.node.op_type,
          .samples = segments_[segment].samples,
          .kernel = {}};
}

void Planner::miss(const Draft& draft, const Error& error, std::size_t segment) {
  if (error.kind() != ErrorKind::kUnsupported) throw error;
  drafts_.missing.push_back(graph::label_of(draft.binding.node) + ": " + error.message());
  known_[draft.nodes.output] = new_value({.segment = segment});  // for those that follow
}

// The first input of a step that understands planes: as it comes, or with the frame that it wants.
std::size_t Planner::read_first(const Draft& draft, Binding& binding, bool planes,
                                std::size_t segment) {
  std::optional<PlaneLayout> layout = values_[known_.at(draft.input(0))].layout;
  if (!layout && planes && frame_of(binding)) layout = frames_.layout_of(binding.inputs[0]);
  binding.layouts[0] = layout;
  return read(draft, 0, segment, layout);
}

void Planner::add_step(const Draft& draft, std::size_t segment) {
  if (renames(draft)) return;
  Binding binding = bind(draft, segment);
  const bool by_sample = segments_[segment].samples > 1;
  const bool planes = in_planes(draft, binding.outputs[0], segment);
  if (planes) binding.output_layout = frames_.layout_of(binding.outputs[0]);
  Reads reads;
  for (std::size_t i = 0; i < draft.inputs(); ++i) {
    std::optional<PlaneLayout> layout;
    const bool fused = i >= binding.inputs.size();
    const bool as_output = fused || draft.row->planes == Planes::kKeeps;
    if (as_output) layout = binding.output_layout;
    if (!as_output && draft.row->planes != Planes::kNo && i == 0 && draft.runtime(i)) {
      reads.values.push_back(read_first(draft, binding, planes, segment));
      continue;
    }
    reads.values.push_back(read(draft, i, segment, layout));
    if (!fused) binding.layouts[i] = layout;
  }
  try {
    Kernel kernel = draft.row->make(binding);
    const bool local = by_sample && local_.contains(draft.nodes.output);
    const auto kind = by_sample ? Place::Kind::kLocal : Place::Kind::kShared;
    reads.output = new_value({.kind = local ? Place::Kind::kLocal : Place::Kind::kShared,
                              .segment = segment,
                              .elements = binding.output_elements(),
                              .samples = local ? 1 : segments_[segment].samples,
                              .layout = binding.output_layout});
    known_[draft.nodes.output] = reads.output;
    reads.scratch = kernel.scratch == 0
                        ? kNothing
                        : new_value({.kind = kind, .segment = segment, .elements = kernel.scratch});
    append(std::move(kernel), std::move(reads), facts_of(binding, segment));
  } catch (const Error& error) {
    miss(draft, error, segment);
  }
}

void Planner::append(Kernel kernel, Reads reads, StepFacts facts) {
  const std::size_t step = reads_.size();
  for (const std::size_t value : reads.values) {
    if (value != kNothing) values_[value].last = step;
  }
  values_[reads.output].first = values_[reads.output].last = step;
  if (reads.scratch != kNothing) {
    values_[reads.scratch].first = values_[reads.scratch].last = step;
  }
  facts.kernel = kernel.facts;
  plan_.steps_.push_back({.kernel = std::move(kernel), .inputs = {}, .output = {}, .scratch = {}});
  plan_.facts_.push_back(std::move(facts));
  reads_.push_back(std::move(reads));
}

void Planner::throw_missing() const {
  constexpr std::size_t kNamed = 20;
  const std::vector<std::string>& missing = drafts_.missing;
  std::string all;
  for (std::size_t i = 0; i < std::min(missing.size(), kNamed); ++i) {
    all += (i == 0 ? "" : "; ") + missing[i];
  }
  if (missing.size() > kNamed) {
    all += "; and " + std::to_string(missing.size() - kNamed) + " others";
  }
  throw Error(ErrorKind::kUnsupported, "the engine cannot run this network yet: " + all, {},
              "--executor torch or onnxruntime:LIBRARY may");
}

}  // namespace gcompress::engine

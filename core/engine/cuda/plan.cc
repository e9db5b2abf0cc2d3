#include "gcompress/core/engine/cuda/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gcompress/core/base/error.h"
#include "gcompress/core/engine/arena.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::engine::gpu {
namespace {

constexpr std::int64_t kMostElements = std::numeric_limits<int>::max();

[[noreturn]] void throw_missing(const std::vector<std::string>& missing) {
  constexpr std::size_t kNamed = 20;
  std::string all;
  for (std::size_t i = 0; i < std::min(missing.size(), kNamed); ++i) {
    all += (i == 0 ? "" : "; ") + missing[i];
  }
  if (missing.size() > kNamed) all += fmt::format("; and {} others", missing.size() - kNamed);
  throw Error(ErrorKind::kUnsupported, "the engine cannot run this network on a GPU yet: " + all,
              {}, "--device cpu may");
}

std::vector<float> as_floats(const Tensor& tensor) {
  if (is_floating(tensor.dtype())) return to_float32(tensor);
  const std::vector<std::int64_t> integers = to_int64(tensor);
  return {integers.begin(), integers.end()};
}

}  // namespace

Plan::Plan(const graph::Network& network, const std::map<std::string, Shape>& inputs,
           Chooser& chooser, cuda::Stream stream, MemoryUse memory)
    : drafts_(draft_steps(network, inputs, 1)), stream_(stream) {
  Maker maker(chooser);
  try {
    check_sizes();
    take_inputs(network);
    if (drafts_.missing.empty()) {
      for (const Draft& draft : drafts_.steps) add_step(draft, maker);
    } else {
      note_missing_rows();
    }
    if (!drafts_.missing.empty()) throw_missing(drafts_.missing);
    weight_bytes_ = maker.bytes();
    name_outputs(network);
    place_values(memory);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;  // no room
    throw Error(ErrorKind::kUsage,
                fmt::format("{} (the network takes {} bytes for weights{} at this batch)",
                            error.message(), maker.bytes(),
                            value_bytes_ == 0 ? " so far"
                                              : fmt::format(" and {} for values", value_bytes_)),
                error.place(), error.remedy());
  }
  cuda::synchronize(nullptr);  // weights are there before another stream reads them
  drafts_ = {};                // refers to the network
  recording_ = std::make_unique<cuda::Recording>([this] { launch(); }, stream_);
}

// Kernels count elements in 32 bits.
void Plan::check_sizes() {
  const auto check = [this](const std::string& name, const Shape& shape) {
    const std::int64_t elements = element_count(shape);
    if (elements > 0 && elements <= kMostElements) return;
    drafts_.missing.push_back(fmt::format("'{}' has {} elements: from 1 to {} can be computed",
                                          name, elements, kMostElements));
  };
  for (const auto& [name, shape] : drafts_.shapes) check(name, shape);
}

std::size_t Plan::new_value(std::int64_t elements) {
  values_.push_back({.elements = elements,
                     .first = steps_.size(),
                     .last = steps_.size(),
                     .constant = nullptr,
                     .address = nullptr});
  return values_.size() - 1;
}

void Plan::take_inputs(const graph::Network& network) {
  for (const graph::Value& input : graph::runtime_inputs(network.graph)) {
    const Shape& shape = drafts_.shapes[input.name];
    known_[input.name] = new_value(element_count(shape));
    inputs_.push_back({.name = input.name, .shape = shape, .value = known_[input.name]});
  }
}

// Whether the output is the input under another shape: then no step is needed.
bool Plan::renames(const Draft& draft) {
  if (!draft.row->same_elements || !draft.runtime(0)) return false;
  known_[draft.nodes.output] = known_.at(draft.input(0));
  return true;
}

std::size_t Plan::read(const Draft& draft, std::size_t input, Maker& maker) {
  if (draft.input(input).empty()) return kNone;
  if (draft.runtime(input)) return known_.at(draft.input(input));
  if (!draft.row->reads_constants) return kNone;
  const std::string& name = draft.input(input);
  if (const auto found = known_.find(name); found != known_.end()) return found->second;
  const std::vector<float> values = as_floats(drafts_.constants.at(name));
  const std::size_t value = new_value(static_cast<std::int64_t>(values.size()));
  values_[value].constant = maker.keep(values);
  values_[value].address = values_[value].constant->data();
  return known_[name] = value;
}

// Beside what is missing already, so that all is said at once.
void Plan::note_missing_rows() {
  for (const Draft& draft : drafts_.steps) {
    const graph::Node& node = draft.binding.node;
    if (draft.row->same_elements || find_row(node) != nullptr) continue;
    drafts_.missing.push_back(graph::label_of(node) + ": " + node.op_type + " has no CUDA kernel");
  }
}

void Plan::add_step(const Draft& draft, Maker& maker) {
  if (renames(draft)) return;
  const graph::Node& node = draft.binding.node;
  Step step;
  try {
    const Row* row = find_row(node);
    if (row == nullptr) {
      throw Error(ErrorKind::kUnsupported, node.op_type + " has no CUDA kernel");
    }
    for (std::size_t i = 0; i < draft.inputs(); ++i) step.inputs.push_back(read(draft, i, maker));
    step.kernel = row->make(draft.binding, maker);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUnsupported) throw;
    drafts_.missing.push_back(graph::label_of(node) + ": " + error.message());
    known_[draft.nodes.output] = new_value(0);  // for those that follow
    return;
  }
  for (const std::size_t value : step.inputs) {
    if (value != kNone) values_[value].last = std::max(values_[value].last, steps_.size());
  }
  step.output = new_value(element_count(draft.binding.outputs[0]));
  known_[draft.nodes.output] = step.output;
  if (step.kernel.scratch > 0) step.scratch = new_value(step.kernel.scratch);
  names_.push_back({.node = graph::label_of(node), .kernel = step.kernel.name});
  steps_.push_back(std::move(step));
}

void Plan::name_outputs(const graph::Network& network) {
  for (const graph::Value& output : network.graph.outputs) {
    if (const auto found = drafts_.constants.find(output.name); found != drafts_.constants.end()) {
      outputs_.push_back({.name = output.name,
                          .shape = found->second.shape(),
                          .value = kNone,
                          .constant = found->second});
      continue;
    }
    const std::size_t value = known_.at(output.name);
    values_[value].last = steps_.size();  // behind all
    outputs_.push_back(
        {.name = output.name, .shape = drafts_.shapes.at(output.name), .value = value});
  }
}

void Plan::place_values(MemoryUse memory) {
  std::vector<Lifetime> lifetimes;
  std::vector<std::size_t> placed;
  for (std::size_t v = 0; v < values_.size(); ++v) {
    if (values_[v].constant) continue;
    placed.push_back(v);
    lifetimes.push_back(
        {.elements = values_[v].elements, .first = values_[v].first, .last = values_[v].last});
  }
  if (memory == MemoryUse::kSeparate) {
    for (const std::size_t v : placed) {
      memory_.emplace_back(static_cast<std::size_t>(values_[v].elements));
      values_[v].address = memory_.back().data();
      value_bytes_ += memory_.back().size() * sizeof(float);
    }
  } else {
    const Arena arena = lay_out(lifetimes);
    value_bytes_ = static_cast<std::size_t>(arena.elements) * sizeof(float);
    memory_.emplace_back(static_cast<std::size_t>(arena.elements));
    for (std::size_t i = 0; i < placed.size(); ++i) {
      values_[placed[i]].address = memory_.front().data() + arena.offsets[i];
    }
  }
  for (Step& step : steps_) {
    for (const std::size_t value : step.inputs) {
      step.addresses.push_back(value == kNone ? nullptr : values_[value].address);
    }
  }
}

void Plan::launch() const {
  for (const Step& step : steps_) {
    step.kernel.run({.inputs = step.addresses,
                     .output = values_[step.output].address,
                     .scratch = step.scratch == kNone ? nullptr : values_[step.scratch].address,
                     .stream = stream_});
  }
}

execute::Values Plan::run(const execute::Values& inputs) {
  for (const Port& input : inputs_) {
    const auto values = inputs.at(input.name).as<float>();
    cuda::copy_in(values_[input.value].address, values.data(), values.size_bytes(), stream_);
  }
  recording_->replay();
  std::vector<std::vector<float>> results;
  results.reserve(outputs_.size());
  for (const Port& output : outputs_) {
    std::vector<float>& result = results.emplace_back();
    if (output.value == kNone) continue;
    result.resize(static_cast<std::size_t>(element_count(output.shape)));
    cuda::copy_out(result.data(), values_[output.value].address, result.size() * sizeof(float),
                   stream_);
  }
  cuda::synchronize(stream_);
  execute::Values outputs;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const Port& output = outputs_[i];
    outputs[output.name] = output.value == kNone
                               ? output.constant
                               : Tensor::from<float>(output.shape, std::move(results[i]));
  }
  return outputs;
}

}  // namespace gcompress::engine::gpu

// Planning and running.
#include "gcompress/core/engine/plan.h"

#include <algorithm>
#include <optional>

#include "gcompress/core/engine/arena.h"
#include "gcompress/core/engine/fusion.h"
#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::engine {

// Makes a plan; lives only while it does.
class Planner {
 public:
  Planner(const graph::Network& network, const std::map<std::string, Shape>& inputs, int threads,
          Plan& plan)
      : network_(network),
        shapes_(graph::infer_shapes(network, inputs)),
        readers_(graph::count_readers(network.graph)),
        threads_(threads),
        plan_(plan) {}

  void make() {
    gather_constants();
    for (const graph::Value& input : graph::runtime_inputs(network_.graph)) {
      places_[input.name] = {Plan::Place::Kind::kInput, plan_.input_names_.size()};
      plan_.input_names_.push_back(input.name);
    }
    const graph::ConstantLookup constant = [this](const std::string& value) {
      return constant_of(value);
    };
    for (const FusedNodes& nodes : fuse(network_, shapes_, constant)) add_step(nodes);
    if (!missing_.empty()) throw_missing();
    place_outputs();
    place_in_arena();
  }

 private:
  using Place = Plan::Place;
  static constexpr std::size_t kAlways = ~std::size_t{0};
  static constexpr std::int64_t kMostElements = std::int64_t{1} << 32;  // of a value

  const Tensor* constant_of(const std::string& value) const {
    const auto found = constants_.find(value);
    return found == constants_.end() ? nullptr : &found->second;
  }

  void gather_constants() {
    for (const graph::Initializer& tensor : network_.graph.initializers) {
      constants_[tensor.name] = tensor.value;
    }
    for (const graph::Node& node : network_.graph.nodes) {
      if (node.op_type == "Constant" && node.domain.empty()) {
        const Tensor value = graph::constant_of(node);
        if (value.defined()) constants_[node.outputs[0]] = value;
      }
    }
    for (const auto& [name, value] : shapes_) {
      if (value.constant.defined()) constants_.emplace(name, value.constant);
    }
  }

  std::optional<Shape> shape_of(const std::string& value) const {
    if (const Tensor* tensor = constant_of(value)) return tensor->shape();
    const auto found = shapes_.find(value);
    if (found == shapes_.end() || !found->second.shape) return std::nullopt;
    Shape shape;
    for (const graph::Dimension& dimension : *found->second.shape) {
      if (!dimension.known()) return std::nullopt;
      shape.push_back(dimension.size);
    }
    return shape;
  }

  void miss(const graph::Node& node, const std::string& why) {
    missing_.push_back(graph::label_of(node) + ": " + why);
  }

  void add_step(const FusedNodes& nodes) {
    const graph::Node& node = network_.graph.nodes[nodes.layer];
    if (constants_.contains(nodes.output)) return;
    const OperatorRow* row = find_operator(node);
    if (row == nullptr) {
      return miss(node, (node.domain.empty() ? "" : node.domain + ".") + node.op_type);
    }
    const std::optional<Binding> binding = bind(nodes, node);
    if (!binding) return;
    try {
      Plan::Step step{.kernel = row->make(*binding)};
      const bool is_constant = !nodes.fused.add && all_constant(*binding);
      step.outputs = {Place{}};
      if (is_constant) return fold(step, *binding, nodes.output);
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const bool used = !binding->is_constant(i) || row->reads_constants;
        step.inputs.push_back(used ? place_of(node.inputs[i]) : Place{});
      }
      if (nodes.fused.add) step.inputs.push_back(place_of(nodes.added));
      elements_.push_back(element_count(binding->outputs[0]));
      values_[nodes.output] = elements_.size() - 1;
      inputs_of_steps_.push_back(node.inputs);
      inputs_of_steps_.back().push_back(nodes.added);
      plan_.steps_.push_back(std::move(step));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUnsupported) throw;
      miss(node, error.message());
    }
  }

  std::optional<Binding> bind(const FusedNodes& nodes, const graph::Node& node) {
    Binding binding{
        .node = node, .opset = network_.opset(), .threads = threads_, .fused = nodes.fused};
    for (const std::string& input : node.inputs) {
      const Tensor* tensor = constant_of(input);
      binding.constants.push_back(tensor == nullptr ? Tensor() : *tensor);
      const std::optional<Shape> shape = input.empty() ? Shape{} : shape_of(input);
      if (!shape) {
        miss(node, "the shape of '" + input + "' is not known before it runs");
        return std::nullopt;
      }
      binding.inputs.push_back(*shape);
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const std::string& name = i == 0 ? nodes.output : node.outputs[i];
      if (i > 0 && (name.empty() || readers_.of(name) == 0)) break;
      const std::optional<Shape> shape = shape_of(name);
      if (!shape || i > 0) {
        miss(node, i > 0 ? "a second output" : "the shape of '" + name + "' is not known");
        return std::nullopt;
      }
      if (element_count(*shape) > kMostElements) {
        miss(node, "'" + name + "' would take more than 16 GiB");
        return std::nullopt;
      }
      binding.outputs.push_back(*shape);
    }
    return binding;
  }

  static bool all_constant(const Binding& binding) {
    for (std::size_t i = 0; i < binding.inputs.size(); ++i) {
      if (!binding.node.inputs[i].empty() && !binding.is_constant(i)) return false;
    }
    return !binding.inputs.empty();
  }

  // Runs the step now.
  void fold(const Plan::Step& step, const Binding& binding, const std::string& output) {
    std::vector<std::vector<float>> values;
    std::vector<const float*> inputs;
    for (std::size_t i = 0; i < binding.inputs.size(); ++i) {
      values.push_back(binding.is_constant(i) ? binding.floats(i) : std::vector<float>());
      inputs.push_back(values.back().data());
    }
    std::vector<float> result(static_cast<std::size_t>(element_count(binding.outputs[0])));
    float* pointer = result.data();
    step.kernel({inputs, {&pointer, 1}});
    constants_[output] = Tensor::from<float>(binding.outputs[0], std::move(result));
  }

  // Values of steps get their place in the arena later.
  Place place_of(const std::string& value) {
    if (value.empty()) return {};
    if (const auto found = places_.find(value); found != places_.end()) return found->second;
    const Tensor* tensor = constant_of(value);
    if (tensor == nullptr) return {Place::Kind::kArena, 0};
    const Place place{Place::Kind::kConstant, plan_.constants_.size()};
    std::vector<float> floats;
    if (is_floating(tensor->dtype())) {
      floats = to_float32(*tensor);
    } else {
      const std::vector<std::int64_t> integers = to_int64(*tensor);
      floats.assign(integers.begin(), integers.end());
    }
    plan_.constants_.push_back(std::move(floats));
    places_[value] = place;
    return place;
  }

  void place_outputs() {
    for (const graph::Value& output : network_.graph.outputs) {
      plan_.outputs_.push_back({.name = output.name,
                                .shape = shape_of(output.name).value_or(Shape{}),
                                .place = place_of(output.name)});
    }
  }

  void place_in_arena() {
    std::vector<Lifetime> lives(elements_.size());
    for (std::size_t s = 0; s < plan_.steps_.size(); ++s) {
      lives[s] = {.elements = elements_[s], .first = s, .last = s};
      for (const std::string& input : inputs_of_steps_[s]) {
        if (const auto value = values_.find(input); value != values_.end()) {
          lives[value->second].last = s;
        }
      }
    }
    for (const Plan::Output& output : plan_.outputs_) {
      if (const auto value = values_.find(output.name); value != values_.end()) {
        lives[value->second].last = kAlways;
      }
    }
    const Arena arena = lay_out(lives);
    plan_.arena_.resize(static_cast<std::size_t>(arena.elements));
    const auto settle = [&](Place& place, const std::string& name) {
      if (place.kind != Place::Kind::kArena) return;
      place.index = static_cast<std::size_t>(arena.offsets[values_.at(name)]);
    };
    for (std::size_t s = 0; s < plan_.steps_.size(); ++s) {
      Plan::Step& step = plan_.steps_[s];
      step.outputs = {{Place::Kind::kArena, static_cast<std::size_t>(arena.offsets[s])}};
      for (std::size_t i = 0; i < step.inputs.size(); ++i)
        settle(step.inputs[i], inputs_of_steps_[s][i]);
      step.input_pointers.resize(step.inputs.size());
      step.output_pointers.resize(step.outputs.size());
    }
    for (Plan::Output& output : plan_.outputs_) settle(output.place, output.name);
  }

  [[noreturn]] void throw_missing() const {
    constexpr std::size_t kNamed = 20;
    std::string all;
    for (std::size_t i = 0; i < std::min(missing_.size(), kNamed); ++i) {
      all += (i == 0 ? "" : "; ") + missing_[i];
    }
    if (missing_.size() > kNamed) {
      all += "; and " + std::to_string(missing_.size() - kNamed) + " others";
    }
    throw Error(ErrorKind::kUnsupported, "the engine cannot run this network yet: " + all, {},
                "--executor torch or onnxruntime:LIBRARY may");
  }

  const graph::Network& network_;
  graph::InferredShapes shapes_;
  graph::ReaderCounts readers_;
  int threads_;
  Plan& plan_;
  std::map<std::string, Tensor> constants_;
  std::map<std::string, Place> places_;        // of inputs and constants
  std::map<std::string, std::size_t> values_;  // by name: the step that makes it
  std::vector<std::int64_t> elements_;         // by step
  std::vector<std::vector<std::string>> inputs_of_steps_;
  std::vector<std::string> missing_;
};

Plan::Plan(const graph::Network& network, const std::map<std::string, Shape>& inputs, int threads) {
  Planner(network, inputs, threads, *this).make();
}

const float* Plan::pointer(const Place& place) const {
  switch (place.kind) {
    case Place::Kind::kArena:
      return arena_.data() + place.index;
    case Place::Kind::kInput:
      return inputs_[place.index];
    case Place::Kind::kConstant:
      return constants_[place.index].data();
    case Place::Kind::kNone:
      return nullptr;
  }
  return nullptr;
}

execute::Values Plan::run(const execute::Values& inputs) {
  inputs_.clear();
  for (const std::string& name : input_names_) {
    inputs_.push_back(inputs.at(name).as<float>().data());
  }
  for (Step& step : steps_) {
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      step.input_pointers[i] = pointer(step.inputs[i]);
    }
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      step.output_pointers[i] = arena_.data() + step.outputs[i].index;
    }
    step.kernel({step.input_pointers, step.output_pointers});
  }
  execute::Values outputs;
  for (const Output& output : outputs_) {
    const float* from = pointer(output.place);
    const auto count = element_count(output.shape);
    outputs[output.name] =
        Tensor::from<float>(output.shape, std::vector<float>(from, from + count));
  }
  return outputs;
}

}  // namespace gcompress::engine

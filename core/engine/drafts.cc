// Binding nodes to shapes and constants.
#include "gcompress/core/engine/drafts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::engine {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 32;  // of a value

class Drafting {
 public:
  Drafting(const graph::Network& network, const std::map<std::string, Shape>& inputs, int threads)
      : network_(network),
        shapes_(graph::infer_shapes(network, inputs)),
        readers_(graph::count_readers(network.graph)),
        threads_(threads) {}

  Drafts run() {
    gather_constants();
    for (const graph::Value& input : graph::runtime_inputs(network_.graph)) {
      if (const auto shape = shape_of(input.name)) made_.shapes[input.name] = *shape;
    }
    const graph::ConstantLookup constant = [this](const std::string& value) {
      return constant_of(value);
    };
    for (const FusedNodes& nodes : fuse(network_, shapes_, constant)) add_step(nodes);
    return std::move(made_);
  }

 private:
  const Tensor* constant_of(const std::string& value) const {
    const auto found = made_.constants.find(value);
    return found == made_.constants.end() ? nullptr : &found->second;
  }

  void gather_constants() {
    for (const graph::Initializer& tensor : network_.graph.initializers) {
      made_.constants[tensor.name] = tensor.value;
    }
    for (const graph::Node& node : network_.graph.nodes) {
      if (node.op_type == "Constant" && node.domain.empty()) {
        const Tensor value = graph::constant_of(node);
        if (value.defined()) made_.constants[node.outputs[0]] = value;
      }
    }
    for (const auto& [name, value] : shapes_) {
      if (value.constant.defined()) made_.constants.emplace(name, value.constant);
    }
  }

  std::optional<Shape> shape_of(const std::string& value) const {
    if (const Tensor* tensor = constant_of(value)) return tensor->shape();
    return graph::known_shape(shapes_, value);
  }

  void miss(const graph::Node& node, const std::string& why) {
    made_.missing.push_back(graph::label_of(node) + ": " + why);
  }

  void add_step(const FusedNodes& nodes) {
    const graph::Node& node = network_.graph.nodes[nodes.layer];
    if (made_.constants.contains(nodes.output)) return;
    const OperatorRow* row = find_operator(node);
    if (row == nullptr) {
      return miss(node, (node.domain.empty() ? "" : node.domain + ".") + node.op_type);
    }
    std::optional<Binding> binding = bind(nodes, node);
    if (!binding || !takes_types(*row, *binding, nodes.output)) return;
    if (!nodes.fused.add && all_constant(*binding)) return fold(*row, *binding, nodes.output);
    made_.shapes[nodes.output] = binding->outputs[0];
    made_.steps.push_back({.nodes = nodes, .row = row, .binding = *std::move(binding)});
  }

  DataType type_of(const std::string& value) const {
    if (const Tensor* tensor = constant_of(value)) return tensor->dtype();
    const auto found = shapes_.find(value);
    return found == shapes_.end() ? DataType::kUndefined : found->second.dtype;
  }

  // False, and noted as missing, where the step would have to compute with integers and cannot, or
  // with one that float32 rounds.
  bool takes_types(const OperatorRow& row, const Binding& binding, const std::string& output) {
    const graph::Node& node = binding.node;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (binding.is_constant(i)) {
        if (!row.reads_constants || is_exact(binding.constants[i])) continue;
        miss(node, "an integer beyond 2^24");
        return false;
      }
      if (row.integers || is_number(binding.types[i])) continue;
      miss(node, node.op_type + " on " + name_of(binding.types[i]));
      return false;
    }
    if (row.integers || is_number(type_of(output))) return true;
    miss(node, node.op_type + " giving " + name_of(type_of(output)));
    return false;
  }

  static bool is_number(DataType type) { return type == DataType::kUndefined || is_floating(type); }

  static bool is_exact(const Tensor& constant) {
    if (is_floating(constant.dtype())) return true;
    const std::vector<std::int64_t> values = to_int64(constant);
    return std::ranges::all_of(values, [](std::int64_t value) {
      return value >= -kMostExactInteger && value <= kMostExactInteger;
    });
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
      binding.types.push_back(type_of(input));
    }
    binding.layouts.resize(binding.inputs.size());
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
  void fold(const OperatorRow& row, const Binding& binding, const std::string& output) {
    try {
      const Kernel kernel = row.make(binding);
      std::vector<std::vector<float>> values;
      std::vector<const float*> inputs;
      for (std::size_t i = 0; i < binding.inputs.size(); ++i) {
        values.push_back(binding.is_constant(i) ? binding.floats(i) : std::vector<float>());
        inputs.push_back(values.back().data());
      }
      std::vector<float> result(static_cast<std::size_t>(element_count(binding.outputs[0])));
      std::vector<float> scratch(static_cast<std::size_t>(kernel.scratch));
      float* pointer = result.data();
      kernel.run({.inputs = inputs, .outputs = {&pointer, 1}, .scratch = scratch.data()});
      made_.constants[output] = Tensor::from<float>(binding.outputs[0], std::move(result));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUnsupported) throw;
      miss(binding.node, error.message());
    }
  }

  const graph::Network& network_;
  graph::InferredShapes shapes_;
  graph::ReaderCounts readers_;
  int threads_;
  Drafts made_;
};

}  // namespace

Drafts draft_steps(const graph::Network& network, const std::map<std::string, Shape>& inputs,
                   int threads) {
  return Drafting(network, inputs, threads).run();
}

}  // namespace gcompress::engine

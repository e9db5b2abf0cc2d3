// Constants: visibility by scope, and tracing values back to stored tensors.
#include "gcompress/core/graph/constants.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "gcompress/core/graph/operators/movement.h"

namespace gcompress::graph {
namespace {

// Operators whose first input's elements go on unchanged (up to rounding).
constexpr std::array<const char*, 12> kMovers = {
    "Identity", "Transpose", "Cast",  "Reshape", "Squeeze",        "Unsqueeze",
    "Flatten",  "Slice",     "Split", "Expand",  "QuantizeLinear", "DequantizeLinear",
};

bool is_mover(const ValueScope& scope, const Node& node) {
  const bool own_domain = node.domain.empty() || node.domain == "com.microsoft";
  if (!own_domain || !has_input(node, 0)) return false;
  // With fixed indices it selects; otherwise it is a look-up in a table.
  if (node.op_type == "Gather") {
    return has_input(node, 1) && scope.constant(node.inputs[1]).defined();
  }
  return std::any_of(kMovers.begin(), kMovers.end(),
                     [&](const char* mover) { return node.op_type == mover; });
}

// Axes of `to` matched to those of `from` when only dimensions of size 1 come or go; otherwise
// every axis is lost.
std::vector<int> matched_axes(const Shape& from, const std::vector<int>& from_axes,
                              const Shape& to) {
  std::vector<int> axes(to.size(), -1);
  std::size_t f = 0;
  for (std::size_t t = 0; t < to.size(); ++t) {
    if (to[t] == 1) continue;
    while (f < from.size() && from[f] == 1) ++f;
    if (f == from.size() || from[f] != to[t]) return std::vector<int>(to.size(), -1);
    axes[t] = from_axes[f++];
  }
  return axes;
}

void reshape_to(ConstantOrigin& origin, Shape shape) {
  if (shape == origin.shape) return;
  origin.axes = matched_axes(origin.shape, origin.axes, shape);
  origin.shape = std::move(shape);
}

void lose_shape(ConstantOrigin& origin) {
  origin.exact_shape = false;
  origin.shape.clear();
  origin.axes.clear();
}

void apply_transpose(ConstantOrigin& origin, const Node& node) {
  const auto permutation =
      transpose_permutation(node, static_cast<std::int64_t>(origin.shape.size()));
  ConstantOrigin before = origin;
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    const auto from = static_cast<std::size_t>(permutation[i]);
    origin.shape[i] = before.shape[from];
    origin.axes[i] = before.axes[from];
  }
}

void apply_squeeze(ConstantOrigin& origin, const Node& node, const IntList& axes) {
  if (!axes.known) return lose_shape(origin);
  const auto rank = static_cast<std::int64_t>(origin.shape.size());
  const auto dropped = normalized_axes(node, axes.values, rank);
  Shape shape;
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    const std::int64_t size = origin.shape[static_cast<std::size_t>(axis)];
    const bool drop =
        axes.given ? std::find(dropped.begin(), dropped.end(), axis) != dropped.end() : size == 1;
    if (!drop) shape.push_back(size);
  }
  reshape_to(origin, std::move(shape));
}

void apply_unsqueeze(ConstantOrigin& origin, const Node& node, const IntList& axes) {
  if (!axes.known) return lose_shape(origin);
  const std::size_t rank = origin.shape.size() + axes.values.size();
  const auto added = normalized_axes(node, axes.values, static_cast<std::int64_t>(rank));
  Shape shape(rank, -1);
  for (const std::int64_t axis : added) shape[static_cast<std::size_t>(axis)] = 1;
  auto next = origin.shape.begin();
  for (std::int64_t& size : shape) {
    if (size < 0) size = *next++;
  }
  reshape_to(origin, std::move(shape));
}

void apply_slice(ConstantOrigin& origin, const Node& node, const SliceParameters& slice) {
  if (!slice.known()) return lose_shape(origin);
  const auto rank = static_cast<std::int64_t>(origin.shape.size());
  const auto axes = normalized_axes(node, slice.axes.values, rank);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::int64_t& size = origin.shape[static_cast<std::size_t>(axes[i])];
    size =
        slice_range(node, slice.starts.values[i], slice.ends.values[i], slice.steps.values[i], size)
            .count;
  }
}

void apply_split(ConstantOrigin& origin, const Node& node, const std::string& output,
                 const SplitParameters& split) {
  if (!split.sizes.known) return lose_shape(origin);
  const auto rank = static_cast<std::int64_t>(origin.shape.size());
  const auto axis = static_cast<std::size_t>(normalized_axis(node, split.axis, rank));
  const auto sizes = split_sizes(node, split, origin.shape[axis]);
  const auto place = std::find(node.outputs.begin(), node.outputs.end(), output);
  origin.shape[axis] = sizes[static_cast<std::size_t>(place - node.outputs.begin())];
}

void apply_flatten(ConstantOrigin& origin, const Node& node) {
  const auto axis = flatten_axis(node, static_cast<std::int64_t>(origin.shape.size()));
  Shape outer(origin.shape.begin(), origin.shape.begin() + axis);
  Shape inner(origin.shape.begin() + axis, origin.shape.end());
  reshape_to(origin, {element_count(outer), element_count(inner)});
}

void apply_gather(ConstantOrigin& origin, const Node& node, const Tensor& indices) {
  const auto rank = static_cast<std::int64_t>(origin.shape.size());
  const auto axis = normalized_axis(node, attribute_int(node, "axis", 0), rank);
  origin.shape.erase(origin.shape.begin() + axis);
  origin.axes.erase(origin.axes.begin() + axis);
  origin.shape.insert(origin.shape.begin() + axis, indices.shape().begin(), indices.shape().end());
  origin.axes.insert(origin.axes.begin() + axis, indices.shape().size(), -1);
}

void apply_expand(ConstantOrigin& origin, const Node& node, const ConstantLookup& constant) {
  const IntList target = int_list(node, 8, {"shape", 1, 8}, constant);
  if (!target.known) return lose_shape(origin);
  Shape shape = target.values;
  std::vector<int> axes = origin.axes;
  if (shape.size() < origin.shape.size()) {
    shape.insert(shape.begin(), origin.shape.size() - shape.size(), 1);
  }
  axes.insert(axes.begin(), shape.size() - axes.size(), -1);
  const std::size_t added = shape.size() - origin.shape.size();
  for (std::size_t i = added; i < shape.size(); ++i) {
    if (shape[i] == 1) shape[i] = origin.shape[i - added];
  }
  origin.shape = std::move(shape);
  origin.axes = std::move(axes);
}

// One step onward from the stored tensor to the value.
void apply(ConstantOrigin& origin, const Node& node, const std::string& output, std::int64_t opset,
           const ConstantLookup& constant) {
  origin.direct = false;
  if (node.op_type == "DequantizeLinear") origin.dequantized = true;
  if (!origin.exact_shape) return;
  if (node.op_type == "Transpose") {
    apply_transpose(origin, node);
  } else if (node.op_type == "Reshape") {
    const ReshapeTarget target = reshape_target(node, opset, constant);
    if (!target.shape.known) return lose_shape(origin);
    reshape_to(origin, reshaped_shape(node, target, origin.shape));
  } else if (node.op_type == "Squeeze") {
    apply_squeeze(origin, node, squeeze_axes(node, opset, constant));
  } else if (node.op_type == "Unsqueeze") {
    apply_unsqueeze(origin, node, unsqueeze_axes(node, opset, constant));
  } else if (node.op_type == "Flatten") {
    apply_flatten(origin, node);
  } else if (node.op_type == "Expand") {
    apply_expand(origin, node, constant);
  } else if (node.op_type == "Gather") {
    apply_gather(origin, node, *constant_input(node, 1, constant));
  } else if (node.op_type == "Slice") {
    apply_slice(origin, node, slice_parameters(node, opset, constant));
  } else if (node.op_type == "Split") {
    apply_split(origin, node, output, split_parameters(node, opset, constant));
  }
}

// Steps that one trace may take: a graph of nested Concat nodes has exponentially many paths.
constexpr std::size_t kMostSteps = 1000;

struct Step {
  const ValueScope* scope;
  const Node* node;
  std::string output;
};

bool is_concat(const Node& node) { return node.op_type == "Concat" && node.domain.empty(); }

std::vector<ConstantOrigin> trace(const ValueScope& scope, const std::string& value,
                                  std::int64_t opset, std::size_t& budget);

// The distinct tensors behind a Concat, which hides how they lie in its output.
std::vector<ConstantOrigin> trace_concat(const ValueScope& scope, const Node& node,
                                         std::int64_t opset, std::size_t& budget) {
  std::vector<ConstantOrigin> origins;
  for (const std::string& input : node.inputs) {
    const std::vector<ConstantOrigin> parts = trace(scope, input, opset, budget);
    if (parts.empty()) return {};
    for (const ConstantOrigin& part : parts) {
      const bool known = std::any_of(origins.begin(), origins.end(),
                                     [&](const auto& origin) { return origin.id == part.id; });
      if (known) continue;
      origins.push_back(part);
      origins.back().direct = false;
      lose_shape(origins.back());
    }
  }
  return origins;
}

std::vector<ConstantOrigin> trace(const ValueScope& scope, const std::string& value,
                                  std::int64_t opset, std::size_t& budget) {
  // Backward to a stored tensor or a Concat.
  std::vector<Step> steps;
  std::vector<ConstantOrigin> origins;
  const ValueScope* at = &scope;
  std::string name = value;
  while (origins.empty()) {
    const ValueScope::Definition* definition = at->find(name);
    if (definition == nullptr || budget-- == 0) {
      budget = 0;
      return {};
    }
    at = definition->scope;
    const Node* producer = definition->producer;
    if (const Tensor tensor = at->constant(name); tensor.defined()) {
      origins.push_back({.id = {.scope = at->name(), .tensor = name},
                         .tensor = tensor,
                         .shape = tensor.shape(),
                         .axes = std::vector<int>(tensor.shape().size())});
      std::iota(origins.back().axes.begin(), origins.back().axes.end(), 0);
    } else if (producer != nullptr && is_concat(*producer)) {
      origins = trace_concat(*at, *producer, opset, budget);
      if (origins.empty()) return {};
    } else if (producer != nullptr && is_mover(*at, *producer)) {
      steps.push_back({at, producer, name});
      name = producer->inputs[0];
    } else {
      return {};
    }
  }
  // Forward again, following shape and axes.
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    Tensor held;
    const ConstantLookup constant = [&](const std::string& wanted) -> const Tensor* {
      held = step->scope->constant(wanted);
      return held.defined() ? &held : nullptr;
    };
    for (ConstantOrigin& origin : origins) {
      apply(origin, *step->node, step->output, opset, constant);
    }
  }
  return origins;
}

}  // namespace

Tensor constant_of(const Node& node) {
  for (const Attribute& attribute : node.attributes) {
    if (const auto* tensor = std::get_if<Tensor>(&attribute.data)) return *tensor;
    if (const auto* number = std::get_if<float>(&attribute.data)) return Tensor::scalar(*number);
    if (const auto* number = std::get_if<std::int64_t>(&attribute.data)) {
      return Tensor::scalar(*number);
    }
    if (const auto* numbers = std::get_if<std::vector<float>>(&attribute.data)) {
      return Tensor::from({static_cast<std::int64_t>(numbers->size())}, *numbers);
    }
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&attribute.data)) {
      return Tensor::from({static_cast<std::int64_t>(numbers->size())}, *numbers);
    }
  }
  return {};
}

ValueScope::ValueScope(const Graph& graph, std::string name, const ValueScope* outer)
    : graph_(&graph), name_(std::move(name)), outer_(outer) {
  for (const Value& input : graph.inputs) definitions_[input.name] = {.scope = this};
  for (const Initializer& initializer : graph.initializers) {
    definitions_[initializer.name] = {.scope = this, .initializer = &initializer};
  }
  for (const SparseInitializer& sparse : graph.sparse_initializers) {
    definitions_[sparse.name] = {.scope = this};
  }
  for (const Node& node : graph.nodes) {
    for (const std::string& output : node.outputs) {
      if (!output.empty()) definitions_[output] = {.scope = this, .producer = &node};
    }
  }
}

const ValueScope::Definition* ValueScope::find(const std::string& value) const {
  for (const ValueScope* scope = this; scope != nullptr; scope = scope->outer_) {
    const auto found = scope->definitions_.find(value);
    if (found != scope->definitions_.end()) return &found->second;
  }
  return nullptr;
}

Tensor ValueScope::constant(const std::string& value) const {
  const Definition* definition = find(value);
  if (definition == nullptr) return {};
  if (definition->initializer != nullptr) return definition->initializer->value;
  const Node* node = definition->producer;
  return node != nullptr && node->op_type == "Constant" && node->domain.empty() ? constant_of(*node)
                                                                                : Tensor{};
}

std::vector<ConstantOrigin> trace_constants(const ValueScope& scope, const std::string& value,
                                            std::int64_t opset) {
  std::size_t budget = kMostSteps;
  return trace(scope, value, opset, budget);
}

}  // namespace gcompress::graph

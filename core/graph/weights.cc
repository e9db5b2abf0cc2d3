// Finds the parameters of a network, and puts other values in their place.
//
// Operators with parameters of their own have a table (weight_roles.cc). Elementwise arithmetic
// with a constant needs a judgement. The constant is a parameter if
// - what it meets is learned: it depends on a parameter that is no fixed filter bank. Arithmetic
//   between the network's input and its first layer is preprocessing (mean, standard deviation);
// - it has more than one element, or it is a bias of the one channel of the layer before;
// - for Mul and Div, it lies along one axis. Tables over several axes (rotary embeddings, strides)
//   are not trained; but added ones are (position embeddings);
// - its values are neither an attention mask nor a grid (weight_values.h).
// Single numbers (epsilons, exponents, bounds, temperatures) are no parameters.
#include "gcompress/core/graph/weights.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/filter_banks.h"
#include "gcompress/core/graph/operators/parameters.h"
#include "gcompress/core/graph/weight_roles.h"
#include "gcompress/core/graph/weight_values.h"

namespace gcompress::graph {
namespace {

bool is_prunable(WeightRole role) {
  return role == WeightRole::kKernel || role == WeightRole::kMatrix ||
         role == WeightRole::kRecurrent || role == WeightRole::kEmbedding;
}

std::string reason_not(const Weight& weight) {
  if (!is_floating(weight.value.dtype())) return "quantized: " + name_of(weight.value.dtype());
  switch (weight.role) {
    case WeightRole::kBias:
      return "a bias";
    case WeightRole::kScale:
      return "a scale";
    case WeightRole::kShift:
      return "a shift";
    default:
      return {};
  }
}

// The role that a model-local function gives to its input: that of the first node of its body that
// has one for it. Functions may call functions, to a sane depth.
std::optional<WeightRole> role_in_function(const std::vector<Function>& functions, const Node& call,
                                           std::size_t input, int depth = 8) {
  const auto function =
      std::find_if(functions.begin(), functions.end(), [&](const Function& candidate) {
        return candidate.domain == call.domain && candidate.name == call.op_type;
      });
  if (function == functions.end() || input >= function->inputs.size() || depth == 0) {
    return std::nullopt;
  }
  for (const Node& node : function->nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != function->inputs[input]) continue;
      if (const auto role = operator_role(node, i)) return role;
      if (const auto role = role_in_function(functions, node, i, depth - 1)) return role;
    }
  }
  return std::nullopt;
}

std::int64_t long_axes(const Shape& shape) {
  return std::count_if(shape.begin(), shape.end(), [](std::int64_t size) { return size > 1; });
}

void mark_fixed(Weight& weight, const std::string& why) {
  weight.fixed = true;
  weight.why_not = "likely a fixed filter bank: " + why;
}

// Axes of a kernel or matrix along which filters and their taps lie, if each filter reads one
// channel along one axis; otherwise taps -1.
struct FilterAxes {
  int filters = -1;
  int taps = -1;
};
FilterAxes filter_axes(WeightRole role, const ChannelAxes& channels, const Shape& shape) {
  if (role == WeightRole::kMatrix) return {.filters = channels.output, .taps = channels.input};
  if (shape.size() < 3 || shape[1] != 1) return {};
  FilterAxes axes{.filters = 0, .taps = -1};
  for (std::size_t axis = 2; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) continue;
    if (axes.taps >= 0) return {};
    axes.taps = static_cast<int>(axis);
  }
  return axes;
}

void judge_fixed_bank(Weight& weight, const ConstantOrigin& origin, const FilterAxes& axes,
                      bool at_input) {
  if (axes.taps < 0) return;
  // In the stored tensor; an axis of size 1 may have got lost on the way.
  const auto stored = [&](int axis) {
    return axis < 0 ? -1 : origin.axes[static_cast<std::size_t>(axis)];
  };
  const auto layout = filter_layout(weight.value.shape(), stored(axes.filters), stored(axes.taps));
  if (!layout) return;
  if (const auto why = fixed_filter_bank(weight.value, *layout, at_input)) {
    mark_fixed(weight, *why);
  }
}

// An input of a node of the graph being visited.
struct Place {
  const Node& node;
  std::size_t index;  // of the node
  std::size_t input;

  const std::string& value() const { return node.inputs[input]; }
};

class WeightFinder {
 public:
  explicit WeightFinder(const Network& network)
      : functions_(network.functions), opset_(network.opset()) {
    visit_graph(network.graph, {}, nullptr);
    settle();
  }

  std::vector<Weight> take() { return std::move(weights_); }

 private:
  // True if anything in the graph is learned.
  bool visit_graph(const Graph& graph, const std::string& name, const ValueScope* outer);
  bool visit_node(const ValueScope& scope, std::size_t index);
  bool visit_subgraphs(const ValueScope& scope, const Node& node);
  // True if the input brings in a trained parameter.
  bool visit_operator_input(const ValueScope& scope, const Place& place, WeightRole role);
  bool visit_arithmetic_input(const ValueScope& scope, const Place& place, WeightRole role);
  bool is_parameter(const ValueScope& scope, const Place& place, WeightRole role,
                    const ConstantOrigin& origin) const;
  Weight& add(const ValueScope& scope, const Place& place, WeightRole role,
              const ConstantOrigin& origin);
  std::optional<WeightRole> role_of(const Node& node, std::size_t input) const;
  void settle();

  bool is_learned(const ValueScope& scope, const std::string& value) const {
    const ValueScope::Definition* definition = scope.find(value);
    return definition != nullptr && learned_.contains(definition->scope->name() + '\n' + value);
  }
  // Of the other inputs of that node.
  bool any_learned_input(const ValueScope& scope, const Place& place) const {
    for (std::size_t i = 0; i < place.node.inputs.size(); ++i) {
      if (i != place.input && is_learned(scope, place.node.inputs[i])) return true;
    }
    return false;
  }

  const std::vector<Function>& functions_;
  std::int64_t opset_;
  std::vector<Weight> weights_;
  std::map<WeightId, std::size_t> index_of_;
  std::unordered_set<std::string> learned_;         // scope, newline, value
  std::unordered_set<std::string> single_channel_;  // outputs of layers with one channel
};

bool WeightFinder::visit_graph(const Graph& graph, const std::string& name,
                               const ValueScope* outer) {
  const ValueScope scope(graph, name, outer);
  // What a loop carries into its body is not followed: taken for learned.
  if (outer != nullptr) {
    for (const Value& input : graph.inputs) learned_.insert(name + '\n' + input.name);
  }
  bool learned = false;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) learned |= visit_node(scope, i);
  return learned;
}

bool WeightFinder::visit_node(const ValueScope& scope, std::size_t index) {
  const Node& node = scope.graph().nodes[index];
  bool learned = visit_subgraphs(scope, node);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty()) continue;
    const Place place{.node = node, .index = index, .input = i};
    learned |= is_learned(scope, node.inputs[i]);
    if (const auto role = role_of(node, i)) {
      learned |= visit_operator_input(scope, place, *role);
    } else if (const auto arithmetic = arithmetic_role(node, i)) {
      learned |= visit_arithmetic_input(scope, place, *arithmetic);
    }
  }
  if (learned) {
    for (const std::string& output : node.outputs) {
      if (!output.empty()) learned_.insert(scope.name() + '\n' + output);
    }
  }
  return learned;
}

bool WeightFinder::visit_subgraphs(const ValueScope& scope, const Node& node) {
  bool learned = false;
  for (const Attribute& attribute : node.attributes) {
    const std::string name = subgraph_scope(scope.name(), node, attribute);
    if (const auto* one = std::get_if<GraphPtr>(&attribute.data)) {
      learned |= visit_graph(**one, name, &scope);
    } else if (const auto* many = std::get_if<std::vector<GraphPtr>>(&attribute.data)) {
      for (std::size_t i = 0; i < many->size(); ++i) {
        learned |= visit_graph(*(*many)[i], name + std::to_string(i) + "/", &scope);
      }
    }
  }
  return learned;
}

bool WeightFinder::visit_operator_input(const ValueScope& scope, const Place& place,
                                        WeightRole role) {
  bool learned = false;
  for (const ConstantOrigin& origin : trace_constants(scope, place.value(), opset_)) {
    const DataType dtype = origin.tensor.dtype();
    if (dtype == DataType::kString || dtype == DataType::kBool) continue;
    if (role == WeightRole::kEmbedding) {
      // Integer tables are data, and so are lists of numbers.
      const bool real = is_floating(dtype) || origin.dequantized;
      if (!real || long_axes(origin.tensor.shape()) < 2) continue;
    }
    const bool is_new = !index_of_.contains(origin.id);
    Weight& weight = add(scope, place, role, origin);
    if (role == WeightRole::kKernel || role == WeightRole::kMatrix) {
      const ChannelAxes axes = channel_axes(place.node, place.input, role, origin.shape);
      if (axes.output >= 0 && origin.shape[static_cast<std::size_t>(axes.output)] == 1) {
        single_channel_.insert(scope.name() + '\n' + place.node.outputs.front());
      }
      const bool at_input = !any_learned_input(scope, place);
      if (is_new) judge_fixed_bank(weight, origin, filter_axes(role, axes, origin.shape), at_input);
    } else if (role == WeightRole::kEmbedding && is_new && sinusoidal_table(weight.value)) {
      mark_fixed(weight, "a table of sinusoids");
    }
    // The bias of a fixed bank is judged by settle(); alone it makes nothing learned.
    learned |= !weight.fixed && role != WeightRole::kBias;
  }
  return learned;
}

bool WeightFinder::visit_arithmetic_input(const ValueScope& scope, const Place& place,
                                          WeightRole role) {
  if (is_learned(scope, place.value()) || !any_learned_input(scope, place)) return false;
  bool learned = false;
  for (const ConstantOrigin& origin : trace_constants(scope, place.value(), opset_)) {
    if (!is_parameter(scope, place, role, origin)) continue;
    Weight& weight = add(scope, place, role, origin);
    if (sinusoidal_table(weight.value)) mark_fixed(weight, "a table of sinusoids");
    learned |= !weight.fixed;
  }
  return learned;
}

// The judgement described at the head of this file; what the constant meets is learned.
bool WeightFinder::is_parameter(const ValueScope& scope, const Place& place, WeightRole role,
                                const ConstantOrigin& origin) const {
  if (!is_floating(origin.tensor.dtype()) && !origin.dequantized) return false;
  if (origin.tensor.size() <= 1) {
    const auto after_one_channel = [&](const std::string& other) {
      const ValueScope::Definition* from = scope.find(other);
      return from != nullptr && single_channel_.contains(from->scope->name() + '\n' + other);
    };
    const std::vector<std::string>& inputs = place.node.inputs;
    return role == WeightRole::kBias && origin.tensor.size() == 1 && !origin.shape.empty() &&
           std::any_of(inputs.begin(), inputs.end(), after_one_channel);
  }
  if (role == WeightRole::kScale && origin.exact_shape && long_axes(origin.shape) > 1) {
    return false;
  }
  return !is_attention_mask(origin.tensor) && !is_grid(origin.tensor);
}

std::optional<WeightRole> WeightFinder::role_of(const Node& node, std::size_t input) const {
  const auto role = operator_role(node, input);
  return role || node.domain.empty() ? role : role_in_function(functions_, node, input);
}

Weight& WeightFinder::add(const ValueScope& scope, const Place& place, WeightRole role,
                          const ConstantOrigin& origin) {
  const auto [found, is_new] = index_of_.emplace(origin.id, weights_.size());
  if (is_new) {
    weights_.push_back({.id = origin.id,
                        .value = origin.tensor,
                        .role = role,
                        .uses = {},
                        .layer = {},
                        .op_type = {},
                        .output_axis = -1,
                        .input_axis = -1,
                        .prunable = true,
                        .why_not = {},
                        .fixed = false});
  }
  Weight& weight = weights_[found->second];
  weight.uses.push_back(
      {.scope = scope.name(), .node = place.index, .input = place.input, .direct = origin.direct});
  // A tensor that is a bias here and a matrix there is a matrix.
  if (!is_new && (is_prunable(weight.role) || !is_prunable(role))) return weight;
  weight.role = role;
  weight.layer = label_of(place.node);
  weight.op_type = place.node.op_type;
  weight.output_axis = -1;
  weight.input_axis = -1;
  if (origin.exact_shape) {
    const ChannelAxes axes = channel_axes(place.node, place.input, role, origin.shape);
    if (axes.output >= 0) weight.output_axis = origin.axes[static_cast<std::size_t>(axes.output)];
    if (axes.input >= 0) weight.input_axis = origin.axes[static_cast<std::size_t>(axes.input)];
  }
  return weight;
}

// True where a fixed bank's bias adds nothing: it is as fixed as the bank.
bool all_zero(const Tensor& tensor) { return count_nonzero(tensor) == 0; }

// What can be said of a weight once all uses are known.
void WeightFinder::settle() {
  // (scope, node) of the uses of fixed weights.
  std::set<std::pair<std::string, std::size_t>> fixed_nodes;
  for (const Weight& weight : weights_) {
    if (!weight.fixed) continue;
    for (const WeightUse& use : weight.uses) fixed_nodes.emplace(use.scope, use.node);
  }
  for (Weight& weight : weights_) {
    if (!all_finite(weight.value)) {
      throw_input("the weight holds NaN or infinite numbers",
                  {.file = {}, .node = weight.layer, .value = to_string(weight.id)},
                  "train or export the network again");
    }
    if (weight.role == WeightRole::kBias && all_zero(weight.value) &&
        std::all_of(weight.uses.begin(), weight.uses.end(), [&](const WeightUse& use) {
          return fixed_nodes.contains({use.scope, use.node});
        })) {
      weight.fixed = true;
      weight.why_not = "the zero bias of a fixed filter bank";
    }
    if (!weight.fixed) weight.why_not = reason_not(weight);
    weight.prunable = weight.why_not.empty();
  }
}

}  // namespace

std::string to_string(const WeightId& id) { return id.scope + id.tensor; }

std::string name_of(WeightRole role) {
  switch (role) {
    case WeightRole::kKernel:
      return "kernel";
    case WeightRole::kMatrix:
      return "matrix";
    case WeightRole::kRecurrent:
      return "recurrent";
    case WeightRole::kEmbedding:
      return "embedding";
    case WeightRole::kBias:
      return "bias";
    case WeightRole::kScale:
      return "scale";
    case WeightRole::kShift:
      return "shift";
  }
  return {};
}

std::vector<Weight> find_weights(const Network& network) { return WeightFinder(network).take(); }

}  // namespace gcompress::graph

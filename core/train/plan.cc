// From a network to blocks of bound steps.
#include "gcompress/core/train/plan.h"

#include <torch/torch.h>

#include <algorithm>
#include <set>
#include <utility>

#include "gcompress/core/graph/topology.h"
#include "gcompress/core/train/operators/placement.h"
#include "gcompress/core/train/plan_scope.h"

namespace gcompress::train {
namespace {

constexpr int kPersistent = -1;  // home of slots that no block owns

// A block while it is planned.
struct Draft {
  int id = 0;
  Block block;
  std::set<int> read;  // slots of other blocks that it or blocks within read
};

class Planner {
 public:
  Planner(const graph::Network& network, const ProgramOptions& options)
      : network_(network), options_(options) {
    plan_.machine.device = options.device;
  }

  Plan make() {
    const torch::NoGradGuard no_gradients;
    find_trained();
    Draft draft{.id = next_block_++, .block = {}, .read = {}};
    Scope scope{.imports = &network_.opset_imports};
    place_inputs(scope, draft);
    check_outputs();
    plan_graph(network_.graph, scope, draft);
    for (const std::string& value : options_.values) {
      draft.block.outputs.push_back(scope.find(value));
    }
    report_missing();
    finish(draft);
    plan_.main = std::move(draft.block);
    plan_.persistent.resize(plan_.machine.slots.size());
    for (std::size_t slot = 0; slot < home_.size(); ++slot) {
      plan_.persistent[slot] = home_[slot] == kPersistent;
    }
    return std::move(plan_);
  }

 private:
  // --- What is trained, and what is state.

  void find_trained() {
    for (const graph::Weight& weight : graph::find_weights(network_)) {
      if (weight.fixed || !is_floating(weight.value.dtype())) continue;
      torch::Tensor tensor = to_torch(weight.value).to(options_.device);
      if (options_.channels_last && weight.role == graph::WeightRole::kKernel &&
          tensor.dim() == 4) {
        tensor = tensor.contiguous(torch::MemoryFormat::ChannelsLast);
      }
      tensor.requires_grad_(true);
      plan_.parameters.emplace(weight.id, std::move(tensor));
    }
  }

  // --- What goes in and comes out.

  static std::string type_name(DataType dtype) {
    return dtype == DataType::kUndefined ? "sequence or optional" : name_of(dtype);
  }

  void place_inputs(Scope& scope, const Draft& draft) {
    for (const graph::Value& input : graph::runtime_inputs(network_.graph)) {
      if (!scalar_type_of(input.dtype)) {
        missing("input '" + input.name + "' of type " + type_name(input.dtype));
      }
      const int slot = new_slot(draft.id);
      scope.names[input.name] = slot;
      plan_.inputs.push_back({input, slot});
    }
  }

  void check_outputs() {
    for (const graph::Value& output : network_.graph.outputs) {
      if (!scalar_type_of(output.dtype)) {
        missing("output '" + output.name + "' of type " + type_name(output.dtype));
      }
    }
  }

  // --- Slots.

  int new_slot(int home) {
    plan_.machine.slots.emplace_back();
    home_.push_back(home);
    constant_.push_back(false);
    return static_cast<int>(home_.size()) - 1;
  }

  int persistent_slot(torch::Tensor value, bool constant) {
    const int slot = new_slot(kPersistent);
    plan_.machine.slots.back() = std::move(value);
    constant_.back() = constant;
    return slot;
  }

  // A stored tensor of the network: parameter, state or constant.
  void place_stored(const graph::WeightId& id, const Tensor& value, bool statistic, Scope& scope) {
    const bool in_function = scope.function_depth > 0;
    const auto parameter = plan_.parameters.find(id);
    if (!in_function && parameter != plan_.parameters.end()) {
      scope.names[id.tensor] = persistent_slot(parameter->second, false);
      return;
    }
    if (!scalar_type_of(value.dtype())) {
      missing("tensors of type " + name_of(value.dtype()));
      scope.names[id.tensor] = new_slot(kPersistent);
      return;
    }
    torch::Tensor tensor = placed(to_torch(value), options_.device);
    if (statistic && !in_function && is_floating(value.dtype())) {
      plan_.buffers.emplace(id, tensor);
      scope.names[id.tensor] = persistent_slot(std::move(tensor), false);
      return;
    }
    scope.names[id.tensor] = persistent_slot(std::move(tensor), true);
  }

  // --- Graphs.

  void plan_graph(const graph::Graph& graph, Scope& scope, Draft& draft) {
    const std::set<std::string> statistics = statistics_of(graph);
    for (const graph::Initializer& initializer : graph.initializers) {
      place_stored({scope.path, initializer.name}, initializer.value,
                   statistics.contains(initializer.name), scope);
    }
    for (const graph::SparseInitializer& sparse : graph.sparse_initializers) {
      if (!scalar_type_of(sparse.values.dtype())) {
        missing("tensors of type " + name_of(sparse.values.dtype()));
        scope.names[sparse.name] = new_slot(kPersistent);
        continue;
      }
      scope.names[sparse.name] = persistent_slot(dense_of(sparse).to(options_.device), true);
    }
    for (const graph::Node& node : graph.nodes) {
      if (is_stored_constant(node)) {
        const graph::Attribute* value = node.attribute("value");
        place_stored({scope.path, node.outputs[0]}, std::get<Tensor>(value->data),
                     statistics.contains(node.outputs[0]), scope);
      } else {
        plan_node(node, scope, draft);
      }
    }
    for (const graph::Value& output : graph.outputs) {
      const int slot = scope.find(output.name);
      note_read(slot, draft);
      draft.block.outputs.push_back(slot);
    }
  }

  void plan_node(const graph::Node& written, Scope& scope, Draft& draft) {
    const graph::Node node = with_arguments(written, scope);
    const std::string domain = plain_domain(node.domain);
    if (const graph::Function* function = function_of(network_, node)) {
      call_function(*function, node, scope, draft);
      return;
    }
    if (domain.empty() && node.op_type == "If" && plan_constant_if(node, scope, draft)) return;

    const std::int64_t opset = version_of(*scope.imports, domain);
    const Row* row = find_row(domain, node.op_type, opset);
    Step step{.name = graph::label_of(node), .op_type = node.op_type};
    std::vector<int> input_slots;
    bool constant = row != nullptr && !row->random && !node.outputs.empty();
    for (const std::string& input : node.inputs) {
      const int slot = input.empty() ? -1 : scope.find(input);
      step.inputs.push_back(slot);
      if (slot >= 0) constant = constant && constant_[static_cast<std::size_t>(slot)];
    }
    if (row == nullptr) {
      missing((domain.empty() ? "" : domain + ".") + node.op_type + " (opset " +
              std::to_string(opset) + ")");
    } else {
      try {
        step.kernel = row->build(binding_of(node, opset, step, scope, draft));
      } catch (const Unsupported& unsupported) {
        missing(unsupported.what);
      }
    }
    constant = constant && step.kernel != nullptr && step.captures.empty();
    for (const std::string& output : node.outputs) {
      const int slot = output.empty() ? -1 : new_slot(constant ? kPersistent : draft.id);
      step.outputs.push_back(slot);
      if (slot < 0) continue;
      scope.names[output] = slot;
      constant_[static_cast<std::size_t>(slot)] = constant;
    }
    if (constant) {
      fold(std::move(step));
      return;
    }
    for (const int slot : step.inputs) note_read(slot, draft);
    draft.block.steps.push_back(std::move(step));
  }

  void fold(Step step) {
    Block block;
    const std::vector<int> outputs = step.outputs;
    block.steps.push_back(std::move(step));
    run(block, plan_.machine);
    for (const int slot : outputs) {
      // An output that the operator left out is not constant but absent.
      if (slot >= 0 && !plan_.machine.slots[static_cast<std::size_t>(slot)].defined()) {
        constant_[static_cast<std::size_t>(slot)] = false;
      }
    }
  }

  Binding binding_of(const graph::Node& node, std::int64_t opset, Step& step, Scope& scope,
                     Draft& draft) {
    Binding binding{.node = node, .opset = opset, .device = options_.device};
    binding.constant = [this, &step](std::size_t input) {
      if (input >= step.inputs.size() || step.inputs[input] < 0) return torch::Tensor();
      const auto slot = static_cast<std::size_t>(step.inputs[input]);
      return constant_[slot] ? plan_.machine.slots[slot] : torch::Tensor();
    };
    binding.stored = [this, &step](std::size_t input) {
      if (input >= step.inputs.size() || step.inputs[input] < 0) return torch::Tensor();
      const auto slot = static_cast<std::size_t>(step.inputs[input]);
      return home_[slot] == kPersistent ? plan_.machine.slots[slot] : torch::Tensor();
    };
    binding.block = [this, &node, &step, &scope, &draft](const std::string& attribute) {
      return plan_subgraph(node, attribute, step, scope, draft);
    };
    return binding;
  }

  std::shared_ptr<const Block> plan_subgraph(const graph::Node& node, const std::string& name,
                                             Step& step, const Scope& scope, Draft& draft) {
    const graph::Attribute* attribute = node.attribute(name);
    const graph::GraphPtr* body =
        attribute == nullptr ? nullptr : std::get_if<graph::GraphPtr>(&attribute->data);
    if (body == nullptr) {
      throw_input("the attribute '" + name + "' of " + node.op_type + " is not a graph",
                  {.file = {}, .node = graph::label_of(node), .value = {}});
    }
    Scope inner = scope.inner(node, *attribute);
    Draft inner_draft{.id = next_block_++, .block = {}, .read = {}};
    for (const graph::Value& input : (*body)->inputs) {
      const int slot = new_slot(inner_draft.id);
      inner.names[input.name] = slot;
      inner_draft.block.inputs.push_back(slot);
    }
    plan_graph(**body, inner, inner_draft);
    finish(inner_draft);
    for (const int slot : inner_draft.read) {
      if (std::find(step.captures.begin(), step.captures.end(), slot) == step.captures.end()) {
        step.captures.push_back(slot);
      }
      note_read(slot, draft);
    }
    return std::make_shared<const Block>(std::move(inner_draft.block));
  }

  // An If whose condition is known becomes the branch taken.
  bool plan_constant_if(const graph::Node& node, Scope& scope, Draft& draft) {
    if (node.inputs.empty()) return false;
    const int condition = scope.find(node.inputs[0]);
    if (!constant_[static_cast<std::size_t>(condition)]) return false;
    const bool taken = number_of(plan_.machine.slots[static_cast<std::size_t>(condition)]) != 0;
    const graph::Attribute* attribute = node.attribute(taken ? "then_branch" : "else_branch");
    if (attribute == nullptr) return false;
    const auto* branch = std::get_if<graph::GraphPtr>(&attribute->data);
    if (branch == nullptr) return false;
    Scope inner = scope.inner(node, *attribute);
    std::vector<int> saved = std::move(draft.block.outputs);
    draft.block.outputs.clear();
    plan_graph(**branch, inner, draft);
    const std::vector<int> results = std::exchange(draft.block.outputs, std::move(saved));
    for (std::size_t i = 0; i < node.outputs.size() && i < results.size(); ++i) {
      if (!node.outputs[i].empty()) scope.names[node.outputs[i]] = results[i];
    }
    return true;
  }

  // --- Functions.

  void call_function(const graph::Function& function, const graph::Node& node, Scope& scope,
                     Draft& draft) {
    constexpr int kDeepest = 64;
    if (scope.function_depth >= kDeepest) {
      throw_input("functions call each other without end",
                  {.file = {}, .node = graph::label_of(node), .value = {}});
    }
    const std::map<std::string, graph::Attribute> arguments = arguments_of(function, node);
    Scope inner{.path = scope.path,
                .imports = function.opset_imports.empty() ? scope.imports : &function.opset_imports,
                .arguments = &arguments,
                .function_depth = scope.function_depth + 1};
    for (std::size_t i = 0; i < function.inputs.size(); ++i) {
      if (i < node.inputs.size() && !node.inputs[i].empty()) {
        inner.names[function.inputs[i]] = scope.find(node.inputs[i]);
      }
    }
    for (const graph::Node& step : function.nodes) plan_function_node(step, inner, draft);
    for (std::size_t i = 0; i < node.outputs.size() && i < function.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      scope.names[node.outputs[i]] = inner.find(function.outputs[i]);
    }
  }

  // Within a function an input that the caller left out is left out of the nodes as well.
  void plan_function_node(const graph::Node& written, Scope& scope, Draft& draft) {
    graph::Node node = with_arguments(written, scope);
    for (std::string& input : node.inputs) {
      if (!input.empty() && !scope.names.contains(input)) input.clear();
    }
    if (is_stored_constant(node)) {
      const Tensor& value = std::get<Tensor>(node.attribute("value")->data);
      place_stored({scope.path, node.outputs[0]}, value, false, scope);
    } else {
      plan_node(node, scope, draft);
    }
  }

  // --- Liveness.

  void note_read(int slot, Draft& draft) {
    if (slot < 0) return;
    const int home = home_[static_cast<std::size_t>(slot)];
    if (home != kPersistent && home != draft.id) draft.read.insert(slot);
  }

  // Fills in what each step releases.
  void finish(Draft& draft) {
    std::set<int> alive(draft.block.outputs.begin(), draft.block.outputs.end());
    const auto last_use = [&](int slot, Step& step) {
      if (slot < 0 || home_[static_cast<std::size_t>(slot)] != draft.id) return;
      if (alive.insert(slot).second) step.release.push_back(slot);
    };
    for (auto step = draft.block.steps.rbegin(); step != draft.block.steps.rend(); ++step) {
      for (const int slot : step->outputs) last_use(slot, *step);  // nobody reads it
      for (const int slot : step->inputs) last_use(slot, *step);
      for (const int slot : step->captures) last_use(slot, *step);
    }
  }

  // --- What is missing.

  void missing(const std::string& what) { ++missing_[what]; }

  void report_missing() const {
    if (missing_.empty()) return;
    std::string list;
    for (const auto& [what, times] : missing_) {
      if (!list.empty()) list += ", ";
      list += what;
      if (times > 1) list += " x" + std::to_string(times);
    }
    throw Error(ErrorKind::kUnsupported, "libtorch execution lacks: " + list,
                {.file = network_.source.string(), .node = {}, .value = {}});
  }

  const graph::Network& network_;
  const ProgramOptions& options_;
  Plan plan_;
  std::vector<int> home_;       // per slot: the block that computes it
  std::vector<bool> constant_;  // per slot: known while planning
  std::map<std::string, int> missing_;
  int next_block_ = 0;
};

}  // namespace

Plan make_plan(const graph::Network& network, const ProgramOptions& options) {
  try {
    return Planner(network, options).make();
  } catch (const Error& error) {
    throw error.in_file(network.source.string());
  }
}

}  // namespace gcompress::train

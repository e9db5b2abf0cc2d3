// Walks the main graph and keeps the books: values, constants, readers.
#include "gcompress/core/graph/channel_flow.h"

#include <algorithm>

#include "gcompress/core/graph/channel_flow_builder.h"
#include "gcompress/core/graph/channel_functions.h"

namespace gcompress::graph {

const ChannelFlowBuilder::HandlerRow ChannelFlowBuilder::kHandlers[] = {
    {"Conv", &ChannelFlowBuilder::conv},
    {"Gemm", &ChannelFlowBuilder::gemm},
    {"MatMul", &ChannelFlowBuilder::matmul},
    {"BatchNormalization", &ChannelFlowBuilder::batch_norm},
    {"Add", &ChannelFlowBuilder::arithmetic},
    {"Sub", &ChannelFlowBuilder::arithmetic},
    {"Mul", &ChannelFlowBuilder::arithmetic},
    {"Div", &ChannelFlowBuilder::arithmetic},
    {"MaxPool", &ChannelFlowBuilder::pool},
    {"AveragePool", &ChannelFlowBuilder::pool},
    {"GlobalAveragePool", &ChannelFlowBuilder::global_pool},
    {"GlobalMaxPool", &ChannelFlowBuilder::global_pool},
    {"ReduceMean", &ChannelFlowBuilder::reduce},
    {"ReduceMax", &ChannelFlowBuilder::reduce},
    {"ReduceMin", &ChannelFlowBuilder::reduce},
    {"Flatten", &ChannelFlowBuilder::flatten},
    {"Reshape", &ChannelFlowBuilder::reshape},
    {"Squeeze", &ChannelFlowBuilder::squeeze},
    {"Pad", &ChannelFlowBuilder::pad},
    {"Slice", &ChannelFlowBuilder::slice},
    {"Split", &ChannelFlowBuilder::split},
    {"Concat", &ChannelFlowBuilder::concat},
    {"Shape", &ChannelFlowBuilder::reads_nothing},
    {"Size", &ChannelFlowBuilder::reads_nothing},
};

ChannelFlowBuilder::ChannelFlowBuilder(const Network& network, const std::vector<Weight>& weights,
                                       const std::set<WeightId>& untouched)
    : network_(network),
      graph_(network.graph),
      scope_(network.graph, {}),
      taken_(network.graph.nodes.size(), false) {
  lookup_ = [this](const std::string& name) -> const Tensor* {
    const Tensor found = scope_.constant(name);
    return found.defined() ? &(looked_up_[name] = found) : nullptr;
  };
  for (const Weight& weight : weights) {
    if (untouched.contains(weight.id)) continue;
    flow_.counted.emplace_back(weight.id, weight.size());
    const bool one_use = weight.uses.size() == 1 && weight.uses[0].direct;
    if (weight.id.scope.empty() && one_use) may_change_.insert(weight.id);
  }
  for_each_graph(graph_, [&](const std::string&, const Graph& inner) {
    for (const Node& node : inner.nodes) {
      for (const std::string& input : node.inputs) ++readers_[input];
    }
    for (const Value& output : inner.outputs) ++readers_[output.name];
  });
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    for (const std::string& input : graph_.nodes[i].inputs) reader_in_graph_[input] = i;
  }
}

ChannelFlow ChannelFlowBuilder::build() {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) visit(i);
  add_readers_outside();
  return std::move(flow_);
}

void ChannelFlowBuilder::visit(std::size_t index) {
  if (taken_[index]) return;
  const Node& node = graph_.nodes[index];
  if (node.domain.empty() && !node.outputs.empty()) {
    for (const HandlerRow& row : kHandlers) {
      if (node.op_type == row.op_type && (this->*row.handle)(node)) return;
    }
    if (elementwise(node)) return;
  }
  barrier(node);
}

bool ChannelFlowBuilder::elementwise(const Node& node) {
  const int input = has_input(node, 0) ? value_of(node.inputs[0]) : kNotFollowed;
  if (input == kNotFollowed) return false;
  auto function = channel_function(node, network_.opset(), lookup_);
  if (!function) return false;
  MapStep step;
  step.inputs = {input};
  step.function = std::move(*function);
  add_map(node, std::move(step), value(input));
  return true;
}

// Sizes do not depend on what the channels hold.
bool ChannelFlowBuilder::reads_nothing(const Node&) { return true; }

void ChannelFlowBuilder::barrier(const Node& node) {
  BarrierStep step;
  for (const std::string& input : node.inputs) {
    if (const int index = value_of(input); index != kNotFollowed) step.inputs.push_back(index);
  }
  if (!step.inputs.empty()) flow_.steps.emplace_back(std::move(step));
}

// Outputs of the network, and what subgraphs read from outside.
void ChannelFlowBuilder::add_readers_outside() {
  BarrierStep step;
  const auto add = [&](const std::string& name) {
    if (const int index = value_of(name); index != kNotFollowed) step.inputs.push_back(index);
  };
  for_each_graph(graph_, [&](const std::string& scope, const Graph& inner) {
    for (const Value& output : inner.outputs) add(output.name);
    if (scope.empty()) return;
    for (const Node& node : inner.nodes) {
      for (const std::string& input : node.inputs) add(input);
    }
  });
  flow_.steps.emplace_back(std::move(step));
}

void ChannelFlowBuilder::add_map(const Node& node, MapStep step, ChannelValue output) {
  output.name = node.outputs[0];
  step.output = add_value(std::move(output));
  flow_.steps.emplace_back(std::move(step));
}

int ChannelFlowBuilder::value_of(const std::string& name) const {
  const auto found = value_index_.find(name);
  return found == value_index_.end() ? kNotFollowed : found->second;
}

int ChannelFlowBuilder::add_value(ChannelValue value) {
  const auto index = static_cast<int>(flow_.values.size());
  value_index_[value.name] = index;
  flow_.values.push_back(std::move(value));
  return index;
}

const std::vector<Dimension>* ChannelFlowBuilder::shape_of(const std::string& name) {
  if (!shapes_) {
    shapes_.emplace();
    try {
      *shapes_ = infer_shapes(network_);
    } catch (const Error&) {
      // Shapes only help to follow more; a network whose shapes contradict each other is not ours
      // to judge.
    }
  }
  const auto found = shapes_->find(name);
  return found == shapes_->end() || !found->second.shape ? nullptr : &*found->second.shape;
}

int ChannelFlowBuilder::constant_of(const std::string& name) {
  if (name.empty()) return kNotFollowed;
  if (const auto known = constant_index_.find(name); known != constant_index_.end()) {
    return known->second;
  }
  const Tensor found = scope_.constant(name);
  if (!found.defined() || !is_floating(found.dtype())) return kNotFollowed;
  const WeightId id{.scope = {}, .tensor = name};
  const auto index = static_cast<int>(flow_.constants.size());
  const bool shared = readers_[name] != 1;
  flow_.constants.push_back(
      {.id = id, .value = found, .pinned = shared || !may_change_.contains(id)});
  constant_index_[name] = index;
  return index;
}

ChannelFlowBuilder::Lie ChannelFlowBuilder::lie(int constant, const ChannelValue& value) const {
  const Shape& shape = tensor(constant).shape();
  const auto rank = static_cast<int>(shape.size());
  if (value.rank >= 0 && rank > value.rank) return Lie::kOther;
  const std::int64_t size = tensor(constant).size();
  if (size == 1 && value.channels != 1) return Lie::kOneNumber;
  const int axis = rank + value.axis;
  if (value.runs || size != value.channels) return size == 1 ? Lie::kOneNumber : Lie::kOther;
  if (size == 1) return Lie::kPerChannel;
  return axis >= 0 && shape[static_cast<std::size_t>(axis)] == size ? Lie::kPerChannel
                                                                    : Lie::kOther;
}

const Node* ChannelFlowBuilder::only_reader(const std::string& name, std::size_t& index) const {
  const auto count = readers_.find(name);
  const auto node = reader_in_graph_.find(name);
  if (count == readers_.end() || count->second != 1 || node == reader_in_graph_.end()) {
    return nullptr;
  }
  index = node->second;
  return &graph_.nodes[index];
}

ChannelFlow make_channel_flow(const Network& network, const std::vector<Weight>& weights,
                              const std::set<WeightId>& untouched) {
  return ChannelFlowBuilder(network, weights, untouched).build();
}

}  // namespace gcompress::graph

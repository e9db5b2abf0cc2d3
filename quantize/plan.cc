// Forward: which values come from integers. Backward: which must be quantized.
#include "gcompress/quantize/plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::quantize {
namespace {

using graph::Graph;
using graph::Node;

// Elements go on unchanged, so the output has the scale of the input.
constexpr std::array kMovers =
    std::to_array<const char*>({"Dropout", "Flatten", "Identity", "MaxPool", "Reshape", "Slice",
                                "Squeeze", "Transpose", "Unsqueeze"});
// ONNX Runtime has these on integers, with a scale of their own.
constexpr std::array kJoiners = std::to_array<const char*>(
    {"Add", "AveragePool", "Concat", "GlobalAveragePool", "LeakyRelu", "Mul"});

bool is_in(std::span<const char* const> names, const Node& node) {
  return node.domain.empty() && std::ranges::find(names, node.op_type) != names.end();
}

class Planner {
 public:
  Planner(const graph::Network& network, const HasRange& has_range, const KeepFloat& keep_float)
      : opset_(network.opset()),
        graph_(network.graph),
        has_range_(has_range),
        keep_float_(keep_float),
        constants_(network.graph, {}),
        reads_(graph::count_readers(network.graph)) {
    lookup_ = [this](const std::string& value) -> const Tensor* {
      held_ = constants_.constant(value);
      return held_.defined() ? &held_ : nullptr;
    };
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const std::string& input : graph_.nodes[i].inputs) {
        if (!input.empty()) readers_[input].push_back(i);
      }
      for (const std::string& output : graph_.nodes[i].outputs) producer_[output] = i;
    }
    for (const graph::Value& input : graph::runtime_inputs(graph_)) inputs_.insert(input.name);
  }

  Plan make();

 private:
  bool is_constant(const std::string& value) const { return constants_.constant(value).defined(); }
  // One reader in all: a node of the main graph.
  bool has_one_reader(const std::string& value) const {
    return reads_.of(value) == 1 && readers_.contains(value);
  }
  bool is_mover(const Node& node) const;
  bool is_rectifier(const Node& node) const;
  // The value that the node's integers are rounded for: behind a rectifier, which rounding to
  // unsigned integers does as well.
  const std::string& result_of(const Node& node) const;
  void find_layers();
  void mark_sources();
  void mark_needed();
  // True if its input may be quantized for its sake alone.
  bool may_pass_need(const std::string& input) const;
  void choose_pairs();
  // The value from which this one's elements come unchanged.
  std::string origin_of(const std::string& value) const;

  std::int64_t opset_;
  const Graph& graph_;
  const HasRange& has_range_;
  const KeepFloat& keep_float_;
  graph::ValueScope constants_;
  graph::ConstantLookup lookup_;
  mutable Tensor held_;
  graph::ReaderCounts reads_;
  std::unordered_map<std::string, std::vector<std::size_t>> readers_;
  std::unordered_map<std::string, std::size_t> producer_;
  std::set<std::string> inputs_;

  std::set<std::string> from_integers_;
  std::set<std::string> needed_;
  std::set<std::string> results_;  // what integer nodes are rounded to
  Plan plan_;
};

bool Planner::is_mover(const Node& node) const {
  if (!node.domain.empty() || node.outputs.size() != 1 || node.inputs.empty()) return false;
  if (node.op_type != "Pad") return is_in(kMovers, node);
  const graph::PadParameters pad = graph::pad_parameters(node, opset_, lookup_);
  return pad.mode != graph::PadMode::kConstant || !pad.value.given ||
         (pad.value.known && pad.value.value == 0);
}

bool Planner::is_rectifier(const Node& node) const {
  if (!node.domain.empty()) return false;
  if (node.op_type == "Relu") return true;
  if (node.op_type != "Clip") return false;
  // The range holds 0 (quantization_of_range), so the bounds must, for Clip to be in the rounding.
  const graph::ClipBounds bounds = graph::clip_bounds(node, opset_, lookup_);
  return bounds.low.known && bounds.high.known && (!bounds.low.given || bounds.low.value <= 0) &&
         (!bounds.high.given || bounds.high.value >= 0);
}

const std::string& Planner::result_of(const Node& node) const {
  const std::string& output = node.outputs.front();
  if (!has_one_reader(output)) return output;
  const Node& reader = graph_.nodes[readers_.at(output).front()];
  const bool first = reader.inputs.front() == output;
  return first && is_rectifier(reader) ? reader.outputs.front() : output;
}

void Planner::find_layers() {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    LayerCheck check = check_layer(node, constants_);
    if (check.layer) {
      if (const auto kept = keep_float_.find(node.outputs.front()); kept != keep_float_.end()) {
        check = {.layer = std::nullopt, .why = kept->second};
      }
    }
    if (check.layer) {
      for (const std::size_t input : check.layer->activations) {
        if (!has_range_(origin_of(node.inputs[input]))) {
          check.layer.reset();
          check.why = "no float32 range of its input " + node.inputs[input] + " is known";
          break;
        }
      }
    }
    if (check.layer && !check.layer->float_output && !has_range_(result_of(node))) {
      check.layer.reset();
      check.why = "no float32 range of its output is known";
    }
    if (check.layer) {
      plan_.layers.emplace(i, std::move(*check.layer));
    } else if (!check.why.empty()) {
      plan_.stayed_float.push_back({.node = label_of(node),
                                    .output = node.outputs.front(),
                                    .op_type = node.op_type,
                                    .why = check.why});
    }
  }
  // Layers in subgraphs.
  graph::for_each_graph(graph_, [this](const std::string& scope, const Graph& inner) {
    if (scope.empty()) return;
    const graph::ValueScope none(inner, scope);
    for (const Node& node : inner.nodes) {
      const LayerCheck check = check_layer(node, none);
      if (!check.layer && check.why.empty()) continue;
      plan_.stayed_float.push_back({.node = scope + label_of(node),
                                    .output = scope + node.outputs.front(),
                                    .op_type = node.op_type,
                                    .why = "it lies in a branch or a loop"});
    }
  });
}

void Planner::mark_sources() {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    if (node.outputs.empty()) continue;
    const auto comes = [this](const std::string& input) { return from_integers_.contains(input); };
    bool is_source = plan_.layers.contains(i);
    if (!is_source && !node.inputs.empty()) {
      if (is_mover(node) || is_rectifier(node)) is_source = comes(node.inputs.front());
      if (is_in(kJoiners, node)) is_source = std::ranges::all_of(node.inputs, comes);
    }
    if (is_source) from_integers_.insert(node.outputs.front());
  }
}

bool Planner::may_pass_need(const std::string& input) const {
  return !is_constant(input) && (from_integers_.contains(input) || has_one_reader(input) ||
                                 needed_.contains(input) || inputs_.contains(input));
}

void Planner::mark_needed() {
  for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
    const Node& node = graph_.nodes[i];
    if (node.outputs.empty()) continue;
    if (const auto layer = plan_.layers.find(i); layer != plan_.layers.end()) {
      for (const std::size_t input : layer->second.activations) needed_.insert(node.inputs[input]);
      const std::string& result = result_of(node);
      if (!layer->second.float_output || needed_.contains(result)) results_.insert(result);
    } else if (is_mover(node)) {
      if (needed_.contains(node.outputs.front()) && may_pass_need(node.inputs.front())) {
        needed_.insert(node.inputs.front());
      }
    } else if (is_in(kJoiners, node) && from_integers_.contains(node.outputs.front())) {
      const std::string& result = result_of(node);
      if (!needed_.contains(result) || !has_range_(result)) continue;
      const bool ranges = std::ranges::all_of(
          node.inputs, [this](const std::string& input) { return has_range_(origin_of(input)); });
      if (!ranges) continue;
      results_.insert(result);
      needed_.insert(node.inputs.begin(), node.inputs.end());
    }
  }
}

std::string Planner::origin_of(const std::string& value) const {
  std::string origin = value;
  for (auto found = producer_.find(origin); found != producer_.end();
       found = producer_.find(origin)) {
    const Node& node = graph_.nodes[found->second];
    if (!is_mover(node) || is_constant(node.inputs.front())) break;
    origin = node.inputs.front();
  }
  return origin;
}

void Planner::choose_pairs() {
  std::set<std::string> values = needed_;
  values.insert(results_.begin(), results_.end());
  for (const std::string& value : values) {
    if (is_constant(value)) continue;
    const std::string origin = origin_of(value);
    if (has_range_(origin)) plan_.pairs.emplace(value, origin);
  }
}

Plan Planner::make() {
  find_layers();
  mark_sources();
  mark_needed();
  choose_pairs();
  return std::move(plan_);
}

}  // namespace

Plan make_plan(const graph::Network& network, const HasRange& has_range,
               const KeepFloat& keep_float) {
  return Planner(network, has_range, keep_float).make();
}

}  // namespace gcompress::quantize

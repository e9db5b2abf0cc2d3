// Finding what can be computed together.
#include "gcompress/core/engine/fusion.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "gcompress/core/graph/operators/activation.h"

namespace gcompress::engine {
namespace {

class Fusing {
 public:
  Fusing(const graph::Network& network, const graph::InferredShapes& shapes,
         const graph::ConstantLookup& constant)
      : network_(network), shapes_(shapes), constant_(constant) {
    for (std::size_t i = 0; i < nodes().size(); ++i) {
      for (const std::string& input : nodes()[i].inputs) readers_[input].push_back(i);
    }
    for (const graph::Value& output : network.graph.outputs) outputs_.insert(output.name);
  }

  std::vector<FusedNodes> run() {
    std::vector<FusedNodes> steps;
    std::set<std::size_t> taken;
    for (std::size_t i = 0; i < nodes().size(); ++i) {
      const OperatorRow* row = find_operator(nodes()[i]);
      if (taken.contains(i) || nodes()[i].outputs.empty()) continue;
      FusedNodes step{
          .layer = i, .last = i, .fused = {}, .added = {}, .output = nodes()[i].outputs[0]};
      if (row != nullptr && row->takes_fused && constant_at(nodes()[i], 1)) {
        take_addition(step, taken);
        take_clamp(step, taken);
      }
      steps.push_back(std::move(step));
    }
    std::ranges::stable_sort(steps, {}, &FusedNodes::last);
    return steps;
  }

 private:
  const std::vector<graph::Node>& nodes() const { return network_.graph.nodes; }
  bool constant_at(const graph::Node& node, std::size_t input) const {
    return input < node.inputs.size() && constant_(node.inputs[input]) != nullptr;
  }

  // The only node that reads the value, if the value is nothing else than that.
  std::optional<std::size_t> only_reader(const std::string& value) const {
    const auto found = readers_.find(value);
    if (found == readers_.end() || found->second.size() != 1 || outputs_.contains(value)) {
      return std::nullopt;
    }
    return found->second.front();
  }

  bool same_shape(const std::string& a, const std::string& b) const {
    const auto first = shapes_.find(a);
    const auto second = shapes_.find(b);
    return first != shapes_.end() && second != shapes_.end() && first->second.shape &&
           first->second.shape == second->second.shape;
  }

  void take_addition(FusedNodes& step, std::set<std::size_t>& taken) const {
    const auto reader = only_reader(step.output);
    if (!reader) return;
    const graph::Node& node = nodes()[*reader];
    if (node.op_type != "Add" || !node.domain.empty() || taken.contains(*reader)) return;
    const std::string& other = node.inputs[0] == step.output ? node.inputs[1] : node.inputs[0];
    if (other == step.output || constant_(other) != nullptr ||
        !same_shape(other, node.outputs[0]) || !same_shape(step.output, node.outputs[0])) {
      return;
    }
    step.fused.add = true;
    step.added = other;
    take(step, *reader, taken);
  }

  void take_clamp(FusedNodes& step, std::set<std::size_t>& taken) const {
    const auto reader = only_reader(step.output);
    if (!reader || !nodes()[*reader].domain.empty() || taken.contains(*reader)) return;
    const graph::Node& node = nodes()[*reader];
    if (node.op_type == "Relu") {
      step.fused.low = 0;
    } else if (node.op_type == "Clip") {
      const graph::ClipBounds bounds = graph::clip_bounds(node, network_.opset(), constant_);
      if (!bounds.low.known || !bounds.high.known) return;
      if (bounds.low.given) step.fused.low = bounds.low.value;
      if (bounds.high.given) step.fused.high = bounds.high.value;
    } else {
      return;
    }
    take(step, *reader, taken);
  }

  void take(FusedNodes& step, std::size_t node, std::set<std::size_t>& taken) const {
    step.last = node;
    step.output = nodes()[node].outputs[0];
    taken.insert(node);
  }

  const graph::Network& network_;
  const graph::InferredShapes& shapes_;
  const graph::ConstantLookup& constant_;
  std::map<std::string, std::vector<std::size_t>> readers_;
  std::set<std::string> outputs_;
};

}  // namespace

std::vector<FusedNodes> fuse(const graph::Network& network, const graph::InferredShapes& shapes,
                             const graph::ConstantLookup& constant) {
  return Fusing(network, shapes, constant).run();
}

}  // namespace gcompress::engine

// The table that `inspect` shows.
#include "gcompress/core/graph/layers.h"

#include <algorithm>

#include "gcompress/core/graph/shape_rules/dimensions.h"
#include "gcompress/core/graph/topology.h"
#include "gcompress/core/graph/weight_values.h"

namespace gcompress::graph {
namespace {

LayerWeight layer_weight(const Weight& weight) {
  const auto elsewhere = [&](const WeightUse& use) {
    return use.node != weight.uses.front().node || use.scope != weight.uses.front().scope;
  };
  return {.id = weight.id,
          .role = name_of(weight.role),
          .dtype = name_of(weight.value.dtype()),
          .shape = weight.value.shape(),
          .parameters = weight.size(),
          .nonzero = count_nonzero(weight.value),
          .shared = std::any_of(weight.uses.begin(), weight.uses.end(), elsewhere),
          .prunable = weight.prunable,
          .why_not = weight.why_not,
          .fixed = weight.fixed};
}

std::string output_shape(const Node& node, const InferredShapes& shapes) {
  const auto found = node.outputs.empty() ? shapes.end() : shapes.find(node.outputs.front());
  return found == shapes.end() || !found->second.shape ? "unknown"
                                                       : to_string(*found->second.shape);
}

// The largest weight's reason stands for the layer.
std::string reason_of(const Layer& layer) {
  if (layer.weights.empty()) return "no weights";
  const auto largest = std::max_element(
      layer.weights.begin(), layer.weights.end(),
      [](const LayerWeight& a, const LayerWeight& b) { return a.parameters < b.parameters; });
  return largest->why_not;
}

}  // namespace

LayerTable layer_table(const Network& network, const std::vector<Weight>& weights,
                       const InferredShapes& shapes) {
  LayerTable table;
  table.cost = cost(network, weights, shapes);
  std::vector<Layer> all(network.graph.nodes.size());
  for (const Weight& weight : weights) {
    Layer& layer = all[main_graph_node(network, weight.uses.front())];
    layer.weights.push_back(layer_weight(weight));
    if (weight.prunable) layer.prunable_parameters += weight.size();
    if (weight.prunable) table.prunable_parameters += weight.size();
    if (weight.fixed) table.fixed_parameters += weight.size();
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Node& node = network.graph.nodes[i];
    const NodeCost& node_cost = table.cost.nodes[i];
    if (all[i].weights.empty() && node_cost.flops == 0) continue;
    Layer& layer = table.layers.emplace_back(std::move(all[i]));
    layer.name = label_of(node);
    layer.op_type = node.domain.empty() ? node.op_type : node.domain + "." + node.op_type;
    layer.output_shape = output_shape(node, shapes);
    layer.parameters = node_cost.parameters;
    layer.nonzero_parameters = node_cost.nonzero_parameters;
    layer.flops = node_cost.flops;
    layer.nonzero_flops = node_cost.nonzero_flops;
    if (layer.prunable_parameters == 0) layer.why_not = reason_of(layer);
  }
  return table;
}

}  // namespace gcompress::graph

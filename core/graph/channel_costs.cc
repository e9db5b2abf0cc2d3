// Costs by counting what stays on each axis.
#include "gcompress/core/graph/channel_costs.h"

#include <algorithm>

#include "gcompress/core/graph/channels/trace.h"
#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/operation_counts.h"

namespace gcompress::graph {
namespace {

bool changes(const ChannelTrace& trace, int table) {
  return table != kFixedAxis && std::ranges::any_of(trace.labels.table(table), [&](int label) {
           return trace.channel_of[static_cast<std::size_t>(label)] >= 0;
         });
}

bool any_changes(const ChannelTrace& trace, const std::vector<std::string>& values) {
  return std::ranges::any_of(values, [&](const std::string& name) {
    const auto found = trace.values.find(name);
    return found != trace.values.end() &&
           std::ranges::any_of(found->second,
                               [&](const TracedAxis& axis) { return changes(trace, axis.table); });
  });
}

}  // namespace

ChannelCosts::ChannelCosts(const Network& network, const ChannelGroups& groups,
                           const std::vector<Weight>& weights, const std::set<WeightId>& outside,
                           const InferredShapes& shapes)
    : network_(network), trace_(groups.trace) {
  const NetworkCost all = cost(network, weights, shapes);
  for (const Weight& weight : weights) {
    if (outside.contains(weight.id)) continue;
    const auto traced = trace_->values.find(weight.id.tensor);
    WeightAxes axes{.others = weight.size(), .tables = {}};
    if (weight.id.scope.empty() && traced != trace_->values.end() &&
        trace_->constants.contains(weight.id.tensor)) {
      for (std::size_t i = 0; i < traced->second.size(); ++i) {
        if (!changes(*trace_, traced->second[i].table)) continue;
        axes.tables.push_back(traced->second[i].table);
        axes.others /= weight.value.shape()[i];
      }
    }
    weights_.push_back(std::move(axes));
  }
  std::set<std::string> needed;
  for (std::size_t i = 0; i < network.graph.nodes.size(); ++i) {
    const Node& node = network.graph.nodes[i];
    if (all.nodes[i].flops < 0) continue;
    if (!any_changes(*trace_, node.inputs) && !any_changes(*trace_, node.outputs)) {
      fixed_flops_ += all.nodes[i].flops;
      continue;
    }
    changing_nodes_.push_back(i);
    needed.insert(node.inputs.begin(), node.inputs.end());
    needed.insert(node.outputs.begin(), node.outputs.end());
  }
  for (const auto& [name, value] : shapes) {
    if (needed.contains(name)) shapes_.emplace(name, value);
  }
}

ChannelCost ChannelCosts::without(const ChannelSet& gone) const {
  std::vector<std::int64_t> kept(trace_->labels.tables(), -1);
  const auto kept_on = [&](int table) {
    std::int64_t& count = kept[static_cast<std::size_t>(table)];
    if (count < 0) count = kept_of(*trace_, table, gone);
    return count;
  };
  ChannelCost result{.parameters = 0, .flops = fixed_flops_};
  for (const WeightAxes& weight : weights_) {
    std::int64_t size = weight.others;
    for (const int table : weight.tables) size *= kept_on(table);
    result.parameters += size;
  }
  InferredShapes now = shapes_;
  for (auto& [name, value] : now) {
    const auto axes = trace_->values.find(name);
    if (!value.shape || axes == trace_->values.end() ||
        axes->second.size() != value.shape->size()) {
      continue;
    }
    for (std::size_t i = 0; i < axes->second.size(); ++i) {
      const int table = axes->second[i].table;
      Dimension& dimension = (*value.shape)[i];
      if (table == kFixedAxis || !dimension.known()) continue;
      dimension.size = dimension.size * kept_on(table) / std::ssize(trace_->labels.table(table));
    }
  }
  const ValueLookup lookup = [&](const std::string& name) -> const InferredValue* {
    const auto found = now.find(name);
    return found == now.end() ? nullptr : &found->second;
  };
  for (const std::size_t i : changing_nodes_) {
    const auto count = count_operations(network_.graph.nodes[i], network_.opset(), lookup);
    if (count) result.flops += count->operations();
  }
  return result;
}

}  // namespace gcompress::graph

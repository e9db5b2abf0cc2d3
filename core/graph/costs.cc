// Costs of a network: parameters and operations by node.
#include "gcompress/core/graph/costs.h"

#include <algorithm>
#include <limits>
#include <set>

#include "gcompress/core/graph/operation_counts.h"
#include "gcompress/core/graph/weight_values.h"

namespace gcompress::graph {
namespace {

// Operations of a node or graph; -1 unknown.
struct Flops {
  std::int64_t all = 0;
  std::int64_t nonzero = 0;
  std::int64_t products = 0;
};

// Sums stay at the largest number rather than overflow: a hostile file may ask for anything.
void add_to(std::int64_t& total, std::int64_t value) {
  if (__builtin_add_overflow(total, value, &total))
    total = std::numeric_limits<std::int64_t>::max();
}

class CostCounter {
 public:
  CostCounter(const Network& network, const std::vector<Weight>& weights,
              const InferredShapes& shapes)
      : network_(network), weights_(weights), shapes_(shapes) {
    for (const Weight& weight : weights) {
      nonzero_.push_back(count_nonzero(weight.value));
      for (const WeightUse& use : weight.uses) {
        uses_[{use.scope, use.node}].push_back(&weight - weights.data());
      }
    }
  }

  NetworkCost count();

 private:
  void count_parameters(NetworkCost& cost) const;
  Flops count_graph(const Graph& graph, const std::string& scope,
                    const std::vector<std::string>& scopes);
  // Nothing if it is not known.
  std::optional<Flops> count_node(const Graph& graph, std::size_t index, const std::string& scope,
                                  const std::vector<std::string>& scopes);
  std::optional<Flops> count_if(const Node& node, const std::string& scope,
                                const std::vector<std::string>& scopes);
  // Share of weights that are not zero among the matrices and kernels of that node.
  double density(const std::string& scope, std::size_t node) const;

  const Network& network_;
  const std::vector<Weight>& weights_;
  const InferredShapes& shapes_;
  std::vector<std::int64_t> nonzero_;  // by weight
  std::map<std::pair<std::string, std::size_t>, std::vector<std::ptrdiff_t>> uses_;
  std::set<std::string> unknown_;
};

NetworkCost CostCounter::count() {
  NetworkCost cost;
  const std::vector<std::string> scopes = {std::string()};
  for (std::size_t i = 0; i < network_.graph.nodes.size(); ++i) {
    NodeCost node{.node = i};
    if (const auto flops = count_node(network_.graph, i, {}, scopes)) {
      node.flops = flops->all;
      node.nonzero_flops = flops->nonzero;
      node.product_flops = flops->products;
      add_to(cost.flops, flops->all);
      add_to(cost.nonzero_flops, flops->nonzero);
    }
    cost.nodes.push_back(node);
  }
  count_parameters(cost);
  cost.flops_unknown.assign(unknown_.begin(), unknown_.end());
  return cost;
}

void CostCounter::count_parameters(NetworkCost& cost) const {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Weight& weight = weights_[i];
    NodeCost& node = cost.nodes[main_graph_node(network_, weight.uses.front())];
    node.parameters += weight.size();
    node.nonzero_parameters += nonzero_[i];
    cost.parameters += weight.size();
    cost.nonzero_parameters += nonzero_[i];
    cost.dense_bytes += static_cast<std::int64_t>(weight.value.byte_size());
  }
}

double CostCounter::density(const std::string& scope, std::size_t node) const {
  const auto found = uses_.find({scope, node});
  if (found == uses_.end()) return 1;
  std::int64_t all = 0;
  std::int64_t nonzero = 0;
  for (const std::ptrdiff_t place : found->second) {
    const auto i = static_cast<std::size_t>(place);
    const WeightRole role = weights_[i].role;
    if (role != WeightRole::kKernel && role != WeightRole::kMatrix &&
        role != WeightRole::kRecurrent && role != WeightRole::kEmbedding) {
      continue;
    }
    all += weights_[i].size();
    nonzero += nonzero_[i];
  }
  return all == 0 ? 1 : static_cast<double>(nonzero) / static_cast<double>(all);
}

std::optional<Flops> CostCounter::count_node(const Graph& graph, std::size_t index,
                                             const std::string& scope,
                                             const std::vector<std::string>& scopes) {
  const Node& node = graph.nodes[index];
  if (node.op_type == "If" && node.domain.empty()) return count_if(node, scope, scopes);
  const ValueLookup value = [&](const std::string& name) -> const InferredValue* {
    for (auto outer = scopes.rbegin(); outer != scopes.rend(); ++outer) {
      const auto found = shapes_.find(*outer + name);
      if (found != shapes_.end()) return &found->second;
    }
    return nullptr;
  };
  // Weights are dequantized once, when the network is loaded, or never.
  if (node.op_type == "DequantizeLinear" && !node.inputs.empty() &&
      graph.initializer(node.inputs[0]) != nullptr) {
    return Flops{};
  }
  const auto count = count_operations(node, network_.opset(), value);
  if (!count) {
    unknown_.insert(node.op_type);
    return std::nullopt;
  }
  const double share = density(scope, index);
  const auto products =
      static_cast<std::int64_t>(static_cast<double>(count->products) * share + 0.5);
  return Flops{.all = count->operations(),
               .nonzero = share == 1 ? count->operations() : 2 * products + count->others,
               .products = 2 * count->products};
}

Flops CostCounter::count_graph(const Graph& graph, const std::string& scope,
                               const std::vector<std::string>& scopes) {
  Flops total;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (const auto flops = count_node(graph, i, scope, scopes)) {
      add_to(total.all, flops->all);
      add_to(total.nonzero, flops->nonzero);
      add_to(total.products, flops->products);
    }
  }
  return total;
}

// The dearer of the branches that shapes were inferred for.
std::optional<Flops> CostCounter::count_if(const Node& node, const std::string& scope,
                                           const std::vector<std::string>& scopes) {
  Flops dearest;
  for (const Attribute& attribute : node.attributes) {
    const auto* graph = std::get_if<GraphPtr>(&attribute.data);
    if (graph == nullptr) continue;
    const std::string inner = subgraph_scope(scope, node, attribute);
    const auto inferred = shapes_.lower_bound(inner);
    const bool taken = inferred != shapes_.end() && inferred->first.starts_with(inner);
    if (!taken) continue;
    std::vector<std::string> inner_scopes = scopes;
    inner_scopes.push_back(inner);
    const Flops flops = count_graph(**graph, inner, inner_scopes);
    if (flops.all > dearest.all) dearest = flops;
  }
  return dearest;
}

}  // namespace

std::size_t main_graph_node(const Network& network, const WeightUse& use) {
  if (use.scope.empty()) return use.node;
  const std::vector<Node>& nodes = network.graph.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const Attribute& attribute : nodes[i].attributes) {
      const bool holds_graphs = std::holds_alternative<GraphPtr>(attribute.data) ||
                                std::holds_alternative<std::vector<GraphPtr>>(attribute.data);
      if (holds_graphs && use.scope.starts_with(subgraph_scope({}, nodes[i], attribute))) return i;
    }
  }
  GCOMPRESS_CHECK(false);
  return 0;
}

NetworkCost cost(const Network& network, const std::vector<Weight>& weights,
                 const InferredShapes& shapes) {
  return CostCounter(network, weights, shapes).count();
}

}  // namespace gcompress::graph

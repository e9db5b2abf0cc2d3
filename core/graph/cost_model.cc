// Parameters, operations and bytes as costs of what is kept.
#include "gcompress/core/graph/cost_model.h"

#include <cmath>
#include <set>

#include "gcompress/core/graph/costs.h"

namespace gcompress::graph {
namespace {

bool multiplies(const Weight& weight) {
  return weight.role == WeightRole::kKernel || weight.role == WeightRole::kMatrix ||
         weight.role == WeightRole::kRecurrent || weight.role == WeightRole::kEmbedding;
}

// Of the elements of a weight, where `kept` of `all` stay.
double places_bits(std::int64_t kept, std::int64_t all) {
  if (kept <= 0 || kept >= all) return 0;
  const double p = static_cast<double>(kept) / static_cast<double>(all);
  return static_cast<double>(all) * -(p * std::log2(p) + (1 - p) * std::log2(1 - p));
}

}  // namespace

KeptCounts all_kept(const std::vector<Weight>& weights) {
  KeptCounts counts;
  for (const Weight& weight : weights) counts[weight.id] = weight.size();
  return counts;
}

double CostModel::per_element(const KeptCounts& all, const WeightId& id) const {
  const auto found = all.find(id);
  if (found == all.end() || found->second == 0) return 0;
  KeptCounts none = all;
  none[id] = 0;
  return (cost(all) - cost(none)) / static_cast<double>(found->second);
}

CostModel parameter_cost() {
  return {"parameters", [](const KeptCounts& kept) {
            std::int64_t count = 0;
            for (const auto& [id, elements] : kept) count += elements;
            return static_cast<double>(count);
          }};
}

CostModel flop_cost(const Network& network, const std::vector<Weight>& weights,
                    const InferredShapes& shapes) {
  const NetworkCost dense = cost(network, weights, shapes);
  // The products of a node are shared among its weights by their sizes.
  std::map<std::size_t, std::int64_t> sizes;
  std::set<std::size_t> with_products;
  for (const Weight& weight : weights) {
    if (!multiplies(weight)) continue;
    std::set<std::size_t> nodes;
    for (const WeightUse& use : weight.uses) nodes.insert(main_graph_node(network, use));
    for (const std::size_t node : nodes) sizes[node] += weight.size();
  }
  std::map<WeightId, LinearCost> lines;
  for (const Weight& weight : weights) {
    if (!multiplies(weight) || weight.size() == 0) continue;
    std::set<std::size_t> nodes;
    for (const WeightUse& use : weight.uses) nodes.insert(main_graph_node(network, use));
    for (const std::size_t node : nodes) {
      with_products.insert(node);
      lines[weight.id].per_element +=
          static_cast<double>(dense.nodes[node].product_flops) / static_cast<double>(sizes[node]);
    }
  }
  double rest = static_cast<double>(dense.flops);
  for (const std::size_t node : with_products) {
    rest -= static_cast<double>(dense.nodes[node].product_flops);
  }
  return linear_cost("FLOPs", std::move(lines), rest);
}

CostModel byte_cost(const std::vector<Weight>& weights) {
  struct Size {
    std::int64_t elements = 0;
    double width = 0;
  };
  std::map<WeightId, Size> sizes;
  for (const Weight& weight : weights) {
    if (weight.size() == 0) continue;
    sizes[weight.id] = {weight.size(), static_cast<double>(weight.value.byte_size()) /
                                           static_cast<double>(weight.size())};
  }
  return {"bytes", [sizes = std::move(sizes)](const KeptCounts& kept) {
            double bytes = 0;
            for (const auto& [id, count] : kept) {
              const auto found = sizes.find(id);
              if (found == sizes.end()) continue;
              bytes += static_cast<double>(count) * found->second.width +
                       places_bits(count, found->second.elements) / 8;
            }
            return bytes;
          }};
}

CostModel linear_cost(std::string what, std::map<WeightId, LinearCost> lines, double rest) {
  return {std::move(what), [lines = std::move(lines), rest](const KeptCounts& kept) {
            double sum = rest;
            for (const auto& [id, count] : kept) {
              const auto found = lines.find(id);
              if (found == lines.end() || count == 0) continue;
              sum += found->second.fixed + static_cast<double>(count) * found->second.per_element;
            }
            return sum;
          }};
}

}  // namespace gcompress::graph

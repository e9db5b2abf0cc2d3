// Adding up.
#include "gcompress/quantize/integer_share.h"

#include <algorithm>
#include <map>

#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/topology.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::quantize {

IntegerShare integer_share_of(const graph::Network& prepared, const Plan& plan,
                              const graph::InferredShapes& shapes) {
  const graph::NetworkCost cost = graph::cost(prepared, graph::find_weights(prepared), shapes);
  std::map<std::string, StayedFloat> reasons;
  for (const StayedFloat& layer : plan.stayed_float) reasons.emplace(layer.output, layer);
  IntegerShare share;
  for (const graph::NodeCost& node_cost : cost.nodes) {
    const std::int64_t products = node_cost.product_flops / 2;
    if (products == 0) continue;
    share.all += products;
    if (plan.layers.contains(node_cost.node)) {
      share.on_integers += products;
      continue;
    }
    const graph::Node& node = prepared.graph.nodes[node_cost.node];
    const auto reason = reasons.find(node.outputs.front());
    StayedFloat layer{.node = graph::label_of(node),
                      .output = node.outputs.front(),
                      .op_type = node.op_type,
                      .why = "it has no static integer form"};
    if (reason != reasons.end()) layer = reason->second;
    share.in_float.push_back({.layer = std::move(layer), .multiply_adds = products});
  }
  std::ranges::stable_sort(share.in_float, std::ranges::greater{}, &FloatLayer::multiply_adds);
  return share;
}

}  // namespace gcompress::quantize

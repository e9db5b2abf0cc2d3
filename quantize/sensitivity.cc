// One layer at a time.
#include "gcompress/quantize/sensitivity.h"

#include <algorithm>

#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/topology.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::quantize {
namespace {

constexpr double kNothing = 1.0 / 500;  // of all multiply-adds

}  // namespace

std::vector<LayerLoss> layer_losses(const graph::Network& prepared, const QuantizeWith& quantize,
                                    const graph::InferredShapes& shapes, const Judge& judge,
                                    std::int64_t samples, const RunContext& context) {
  const graph::NetworkCost cost = graph::cost(prepared, graph::find_weights(prepared), shapes);
  double all = 0;
  for (const graph::NodeCost& node : cost.nodes) all += static_cast<double>(node.product_flops) / 2;
  const Plan plan = quantize({}).plan;
  std::vector<LayerLoss> losses;
  for (const auto& [index, layer] : plan.layers) {
    const graph::Node& node = prepared.graph.nodes[index];
    losses.push_back({.output = node.outputs.front(),
                      .node = graph::label_of(node),
                      .multiply_adds = cost.nodes[index].product_flops / 2});
  }
  for (std::size_t i = 0; i < losses.size(); ++i) {
    KeepFloat others;
    for (const LayerLoss& other : losses) {
      if (other.output != losses[i].output) others.emplace(other.output, "looked at later");
    }
    losses[i].distance = judge.judge(quantize(others).network, samples).distance;
    context.report({.work = "sensitivity of layers",
                    .step = static_cast<std::int64_t>(i) + 1,
                    .total = static_cast<std::int64_t>(losses.size()),
                    .values = {}});
  }
  const auto for_its_work = [all](const LayerLoss& loss) {
    const double share = all > 0 ? static_cast<double>(loss.multiply_adds) / all : 1;
    return loss.distance / std::max(share, kNothing);
  };
  std::ranges::stable_sort(losses, std::ranges::greater{}, for_its_work);
  return losses;
}

std::optional<std::size_t> fewest_float(std::size_t layers, const GoodEnough& good_enough) {
  if (layers < 2) return std::nullopt;
  std::size_t bad = 0;  // so few are not enough
  std::size_t good = 1;
  while (!good_enough(good)) {
    bad = good;
    if (good == layers - 1) return std::nullopt;
    good = std::min(2 * good, layers - 1);
  }
  while (good - bad > 1) {
    const std::size_t middle = bad + (good - bad) / 2;
    (good_enough(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace gcompress::quantize

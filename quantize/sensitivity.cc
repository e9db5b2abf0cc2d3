// One layer at a time.
#include "gcompress/quantize/sensitivity.h"

#include <algorithm>

#include "gcompress/core/graph/topology.h"

namespace gcompress::quantize {

std::vector<LayerLoss> layer_losses(const graph::Network& prepared, const QuantizeWith& quantize,
                                    const Judge& judge, std::int64_t samples,
                                    const RunContext& context) {
  const Plan plan = quantize({}).plan;
  std::vector<LayerLoss> losses;
  for (const auto& [index, layer] : plan.layers) {
    const graph::Node& node = prepared.graph.nodes[index];
    losses.push_back({.output = node.outputs.front(), .node = graph::label_of(node)});
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
  std::ranges::stable_sort(losses, std::ranges::greater{}, &LayerLoss::distance);
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

// A walk over the layers of a network as it is.
#include "gcompress/prune/reconstruct/input_moments.h"

#include <optional>

#include "gcompress/prune/reconstruct/layer_walk.h"

namespace gcompress::prune {

void for_each_statistics(const graph::Network& network, const std::vector<LinearLayer>& layers,
                         const Calibration& calibration, const ReconstructOptions& options,
                         const RunContext& context, const std::string& work,
                         const VisitStatistics& visit) {
  std::optional<LayerStatistics> statistics;
  for_each_input(
      network, layers, calibration, options, context, work,
      [&](const LinearLayer& layer, const Tensor& input, const PositionSample& sample) {
        if (!statistics) statistics.emplace(layer, false);
        statistics->add(network.graph.nodes[layer.node], input, Tensor(), sample, context);
      },
      [&](const LinearLayer& layer) {
        if (statistics) visit(layer, *statistics);
        statistics.reset();
      });
}

void for_each_moments(const graph::Network& network, const Calibration& calibration,
                      const ReconstructOptions& options, const RunContext& context,
                      const VisitStatistics& visit) {
  const std::vector<graph::Weight> weights = graph::find_weights(network);
  std::vector<LinearLayer> layers = linear_layers(network, weights, {});
  std::erase_if(layers, [&](const LinearLayer& layer) { return too_large(layer, options); });
  for_each_statistics(network, layers, calibration, options, context, "moments of layers' inputs",
                      visit);
}

}  // namespace gcompress::prune

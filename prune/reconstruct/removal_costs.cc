// What criteria look at: the cost of removing each weight, and the norms of inputs.
#include <Eigen/Core>
#include <optional>

#include "gcompress/prune/reconstruct/input_moments.h"
#include "gcompress/prune/reconstruct/layer_walk.h"
#include "gcompress/prune/reconstruct/obs.h"

namespace gcompress::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Costs are compared, not fitted: enough damping that inputs which the samples cannot tell apart
// (fewer positions than features) do not look as if they could stand for each other.
double cost_damping(const LinearLayer& layer, std::int64_t positions) {
  return 1e-2 + static_cast<double>(layer.features) / static_cast<double>(positions);
}

// Features next to each other that are taken apart together: as many as the limit allows.
Index cost_block(const LinearLayer& layer, const ReconstructOptions& options) {
  const double per_square =
      static_cast<double>(layer.rows) * static_cast<double>(layer.features) / 6;
  Index block = layer.features;
  while (block > 64 && per_square * static_cast<double>(block) * static_cast<double>(block) >
                           options.exact_limit) {
    block = (block + 1) / 2;
  }
  return block;
}

MatrixXd costs_of(const LinearLayer& layer, const LayerStatistics& statistics,
                  const ReconstructOptions& options, const RunContext& context) {
  const MatrixXd weights = matrix_of(layer, layer.weight->value);
  MatrixXd costs(layer.rows, layer.features);
  const Index block = cost_block(layer, options);
  for (std::int64_t group = 0; group < layer.groups; ++group) {
    const auto [first, count] = rows_of(layer, group);
    const MatrixXd rows = weights.middleRows(first, count);
    const MatrixXd gram = statistics.gram(group, layer.bias.has_value());
    const VectorXd power = (rows * gram).cwiseProduct(rows).rowwise().sum().cwiseMax(1e-30);
    for (Index begin = 0; begin < layer.features; begin += block) {
      const Index size = std::min(block, layer.features - begin);
      MatrixXd part = gram.block(begin, begin, size, size);
      dampen(part, cost_damping(layer, statistics.positions()));
      const MatrixXd absolute =
          ordered_removal_costs(rows.middleCols(begin, size), inverse_of(part), context);
      costs.block(first, begin, count, size) = absolute.array().colwise() / power.array();
    }
  }
  return costs;
}

}  // namespace

std::map<graph::WeightId, std::vector<float>> removal_costs(const graph::Network& network,
                                                            const Plan& plan,
                                                            const Calibration& calibration,
                                                            const ReconstructOptions& options,
                                                            const RunContext& context) {
  std::vector<LinearLayer> layers = layers_of(network, plan);
  std::erase_if(layers, [&](const LinearLayer& layer) {
    return !takes_part(layer, plan) || too_large(layer, options);
  });
  std::map<graph::WeightId, std::vector<float>> costs;
  for_each_statistics(network, layers, calibration, options, context, "weigh layers",
                      [&](const LinearLayer& layer, const LayerStatistics& statistics) {
                        const MatrixXd matrix = costs_of(layer, statistics, options, context);
                        std::vector<float>& values = costs[layer.weight->id];
                        values.resize(static_cast<std::size_t>(matrix.size()));
                        for (Index row = 0; row < layer.rows; ++row) {
                          for (Index feature = 0; feature < layer.features; ++feature) {
                            values[static_cast<std::size_t>(layer.index(row, feature))] =
                                static_cast<float>(matrix(row, feature));
                          }
                        }
                      });
  return costs;
}

std::map<graph::WeightId, std::vector<float>> input_norms(const graph::Network& network,
                                                          const Plan& plan,
                                                          const Calibration& calibration,
                                                          const ReconstructOptions& options,
                                                          const RunContext& context) {
  std::vector<LinearLayer> layers = layers_of(network, plan);
  std::erase_if(layers, [&](const LinearLayer& layer) { return !takes_part(layer, plan); });
  std::map<graph::WeightId, std::vector<float>> result;
  std::optional<InputNorms> norms;
  for_each_input(
      network, layers, calibration, options, context, "measure inputs",
      [&](const LinearLayer& layer, const Tensor& input, const PositionSample& sample) {
        if (!norms) norms.emplace(layer);
        norms->add(network.graph.nodes[layer.node], input, sample);
      },
      [&](const LinearLayer& layer) {
        result[layer.weight->id] = norms->norms();
        norms.reset();
      });
  return result;
}

}  // namespace gcompress::prune

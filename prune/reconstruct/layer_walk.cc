// Which layers, which samples.
#include "gcompress/prune/reconstruct/layer_walk.h"

namespace gcompress::prune {

std::vector<LinearLayer> layers_of(const graph::Network& network, const Plan& plan) {
  std::vector<LinearLayer> layers = linear_layers(network, plan.weights, outside_of(plan));
  if (layers.empty()) {
    throw_usage("no layer of the network can be reconstructed",
                "reconstruction needs a Conv, Gemm or MatMul with constant weights of its own; "
                "choose the method one-shot or gradual");
  }
  return layers;
}

bool takes_part(const LinearLayer& layer, const Plan& plan) {
  return std::ranges::any_of(plan.pruned,
                             [&](std::size_t i) { return &plan.weights[i] == layer.weight; });
}

bool too_large(const LinearLayer& layer, const ReconstructOptions& options) {
  const double limit = static_cast<double>(options.most_features);
  return static_cast<double>(layer.groups) * static_cast<double>(layer.features) *
             static_cast<double>(layer.features) >
         limit * limit;
}

void for_each_input(
    const graph::Network& network, const std::vector<LinearLayer>& layers,
    const Calibration& calibration, const ReconstructOptions& options, const RunContext& context,
    const std::string& work,
    const std::function<void(const LinearLayer&, const Tensor&, const PositionSample&)>& visit,
    const std::function<void(const LinearLayer&)>& done) {
  const SampleBatches batches =
      choose_samples(network, calibration.make_executor, *calibration.data, options.samples,
                     options.batch_size, context.seed);
  StagedRun run(calibration.make_executor, batches, options.held_bytes, context);
  const Sampling sampling(batches, options.positions);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LinearLayer& layer = layers[i];
    run.begin(network, layer.node, {layer.input});
    for (std::size_t batch = 0; batch < batches.positions.size(); ++batch) {
      const Tensor input = run.next_batch().at(layer.input);
      visit(layer, input, sampling.of(layer, network.graph.nodes[layer.node], input));
    }
    done(layer);
    context.report({.work = work,
                    .step = static_cast<std::int64_t>(i) + 1,
                    .total = static_cast<std::int64_t>(layers.size()),
                    .values = {}});
  }
}

std::pair<Eigen::Index, Eigen::Index> rows_of(const LinearLayer& layer, std::int64_t group) {
  const Eigen::Index rows = layer.rows / layer.groups;
  return {group * rows, rows};
}

}  // namespace gcompress::prune

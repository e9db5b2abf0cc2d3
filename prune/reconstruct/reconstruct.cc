// Layer after layer: statistics, values.
#include "gcompress/prune/reconstruct/reconstruct.h"

#include <fmt/format.h>

#include <Eigen/Core>

#include "gcompress/core/graph/topology.h"
#include "gcompress/prune/reconstruct/fit_layer.h"
#include "gcompress/prune/reconstruct/layer_walk.h"

namespace gcompress::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::int64_t kNamed = 3;  // layers with singular matrices that notes name

BoolMatrix mask_of(const LinearLayer& layer, const graph::Masks& masks) {
  BoolMatrix keep = BoolMatrix::Constant(layer.rows, layer.features, true);
  const auto found = masks.find(layer.weight->id);
  if (found == masks.end()) return keep;
  for (Index row = 0; row < layer.rows; ++row) {
    for (Index feature = 0; feature < layer.features; ++feature) {
      keep(row, feature) = found->second.test(layer.index(row, feature));
    }
  }
  return keep;
}

// What the constant of each row must grow by, for outputs of the dense layer's means.
VectorXd shift_of(const LinearLayer& layer, const LayerStatistics& statistics,
                  const MatrixXd& weights) {
  VectorXd shift = statistics.output_means();
  const VectorXd inputs = statistics.input_means();
  for (Index row = 0; row < layer.rows; ++row) {
    shift[row] -=
        weights.row(row).dot(inputs.segment(layer.group_of(row) * layer.features, layer.features));
  }
  return shift;
}

Tensor shifted(const Tensor& tensor, const VectorXd& shift, double factor) {
  std::vector<float> values = to_float32(tensor);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] += static_cast<float>(factor * shift[static_cast<Index>(i)]);
  }
  return from_float32(tensor.dtype(), tensor.shape(), values);
}

// The layer's weight, and the constant that follows it.
std::map<graph::WeightId, Tensor> values_of(const LinearLayer& layer,
                                            const LayerStatistics& statistics, const Fitted& fitted,
                                            const graph::Masks& masks) {
  std::map<graph::WeightId, Tensor> values;
  values[layer.weight->id] = tensor_of(layer, fitted.weights / layer.alpha);
  if (!layer.bias) return values;
  Tensor& bias = values[layer.bias->id];
  bias =
      shifted(layer.bias->value, shift_of(layer, statistics, fitted.weights), layer.bias->factor);
  // A dead channel's constant stays gone.
  const auto mask = masks.find(layer.bias->id);
  if (mask != masks.end()) bias = graph::masked(bias, mask->second);
  return values;
}

std::string singular_note(const LinearLayer& layer, const std::string& name, const Fitted& fitted) {
  return fmt::format(
      "The inputs of layer {} do not tell all its weights apart (H is singular{}); dampened by "
      "{:.3g}.",
      name,
      layer.groups > 1 ? fmt::format(" in {} of {} groups", fitted.singular, layer.groups) : "",
      fitted.most_added);
}

}  // namespace

Reconstruction reconstruct(const graph::Network& network, const Plan& plan,
                           const graph::Masks& masks, const Calibration& calibration,
                           const ReconstructOptions& options, const RunContext& context) {
  const std::vector<LinearLayer> layers = layers_of(network, plan);
  const SampleBatches batches =
      choose_samples(network, calibration.make_executor, *calibration.data, options.samples,
                     options.batch_size, context.seed);
  StagedRun dense(calibration.make_executor, batches, options.held_bytes, context);
  StagedRun pruned(calibration.make_executor, batches, options.held_bytes, context);
  const Sampling sampling(batches, options.positions);
  Reconstruction result;
  std::int64_t singular = 0;  // layers with such groups
  result.network = graph::apply_masks(network, masks);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LinearLayer& layer = layers[i];
    const graph::Node& node = network.graph.nodes[layer.node];
    if (too_large(layer, options)) {
      result.notes.push_back(
          fmt::format("Layer {} keeps its values: a row of {} weights is too long to be fitted.",
                      graph::label_of(node), layer.features));
      continue;
    }
    dense.begin(network, layer.node + 1, {layer.output});
    pruned.begin(result.network, layer.node, {layer.input});
    LayerStatistics statistics(layer, true);
    LayerStatistics held_back(layer, true);
    for (std::size_t batch = 0; batch < batches.positions.size(); ++batch) {
      const Tensor output = dense.next_batch().at(layer.output);
      const Tensor input = pruned.next_batch().at(layer.input);
      (batch % 4 == 3 ? held_back : statistics)
          .add(node, input, output, sampling.of(layer, node, input), context);
    }
    const Fitted fitted =
        fit_layer(layer, statistics, held_back, mask_of(layer, masks), options, context);
    if (fitted.singular > 0 && ++singular <= kNamed) {
      result.notes.push_back(singular_note(layer, graph::label_of(node), fitted));
    }
    result.network =
        graph::with_weights(result.network, values_of(layer, statistics, fitted, masks));
    ++result.layers;
    context.report({.work = "reconstruct: layer",
                    .step = static_cast<std::int64_t>(i) + 1,
                    .total = static_cast<std::int64_t>(layers.size()),
                    .values = {}});
  }
  if (singular > kNamed) {
    result.notes.push_back(fmt::format("The same holds for {} more layers.", singular - kNamed));
  }
  return result;
}

}  // namespace gcompress::prune

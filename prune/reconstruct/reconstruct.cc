// Layer after layer: statistics, masks' costs, values.
#include "gcompress/prune/reconstruct/reconstruct.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <functional>
#include <limits>
#include <optional>

#include "gcompress/core/graph/topology.h"
#include "gcompress/prune/reconstruct/layer_statistics.h"
#include "gcompress/prune/reconstruct/linear_layer.h"
#include "gcompress/prune/reconstruct/obs.h"
#include "gcompress/prune/reconstruct/staged_run.h"

namespace gcompress::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

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

// The same share of every batch.
class Sampling {
 public:
  Sampling(const SampleBatches& batches, std::int64_t wanted)
      : wanted_(std::max<std::int64_t>(
            1, wanted / static_cast<std::int64_t>(batches.positions.size()))) {}
  PositionSample of(const LinearLayer& layer, const graph::Node& node, const Tensor& input) const {
    return {wanted_, positions_of(layer, node, input)};
  }

 private:
  std::int64_t wanted_;
};

// Calls visit(layer, batch's input) for layers of the dense network, batch after batch; done(layer)
// behind the last.
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

// Rows of one group.
std::pair<Index, Index> rows_of(const LinearLayer& layer, std::int64_t group) {
  const Index rows = layer.rows / layer.groups;
  return {group * rows, rows};
}

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

// Multiplications that fitting each row exactly takes.
double fit_products(const BoolMatrix& keep) {
  double products = 0;
  for (Index row = 0; row < keep.rows(); ++row) {
    const auto kept = static_cast<double>(keep.row(row).count());
    products += kept * kept * kept / 6;
  }
  return products;
}

// The values of one layer, of y: alpha is in them.
struct Fitted {
  MatrixXd weights;
  std::int64_t singular = 0;  // groups that needed more damping than asked for, and the most
  double most_added = 0;
};

Fitted fit(const LinearLayer& layer, const LayerStatistics& statistics, const BoolMatrix& keep,
           double relative, bool exact, const RunContext& context) {
  const bool centred = layer.bias.has_value();
  const MatrixXd dense = layer.alpha * matrix_of(layer, layer.weight->value);
  const MatrixXd cross = statistics.cross(centred);
  Fitted fitted{.weights = MatrixXd(layer.rows, layer.features)};
  for (std::int64_t group = 0; group < layer.groups; ++group) {
    const auto [first, count] = rows_of(layer, group);
    MatrixXd gram = statistics.gram(group, centred);
    const Damping damping = dampen(gram, relative);
    if (damping.raised) {
      ++fitted.singular;
      fitted.most_added = std::max(fitted.most_added, damping.added);
    }
    const MatrixXd target =
        cross.middleRows(first, count) + damping.added * dense.middleRows(first, count);
    const BoolMatrix part = keep.middleRows(first, count);
    if (exact) {
      fitted.weights.middleRows(first, count) = refit(gram, target, part, context);
    } else {
      const MatrixXd inverse = inverse_of(gram);
      fitted.weights.middleRows(first, count) =
          sweep(target * inverse, inverse, {.keep = &part}, context).weights;
    }
  }
  return fitted;
}

// The mean squared error of rows on what these statistics saw, less what all rows share.
double error_of(const LinearLayer& layer, const MatrixXd& weights,
                const LayerStatistics& statistics) {
  const bool centred = layer.bias.has_value();
  double error = -2 * weights.cwiseProduct(statistics.cross(centred)).sum();
  for (std::int64_t group = 0; group < layer.groups; ++group) {
    const auto [first, count] = rows_of(layer, group);
    const MatrixXd rows = weights.middleRows(first, count);
    error += (rows * statistics.gram(group, centred)).cwiseProduct(rows).sum();
  }
  return error;
}

// Fits with the damping that does best on what was held back, then to all. Merges `held_back` into
// `statistics`.
Fitted fit_layer(const LinearLayer& layer, LayerStatistics& statistics,
                 const LayerStatistics& held_back, const BoolMatrix& keep,
                 const ReconstructOptions& options, const RunContext& context) {
  const double products = fit_products(keep);
  const bool exact = products <= options.exact_limit;
  // Four more fits of a large layer would set the pace; with none to compare, the middle is safe.
  const bool compares = 4 * products <= options.exact_limit && held_back.positions() > 0 &&
                        statistics.positions() > 0;
  double best = (compares ? 1 : 10) * options.damping;
  if (compares) {
    double least = std::numeric_limits<double>::infinity();
    for (const double times : {1.0, 10.0, 100.0, 1000.0}) {
      const double damping = times * options.damping;
      const double error =
          error_of(layer, fit(layer, statistics, keep, damping, exact, context).weights, held_back);
      if (error < least) {
        least = error;
        best = damping;
      }
    }
  }
  statistics.merge(held_back);
  return fit(layer, statistics, keep, best, exact, context);
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
  std::optional<LayerStatistics> statistics;
  for_each_input(
      network, layers, calibration, options, context, "weigh layers",
      [&](const LinearLayer& layer, const Tensor& input, const PositionSample& sample) {
        if (!statistics) statistics.emplace(layer, false);
        statistics->add(network.graph.nodes[layer.node], input, {}, sample, context);
      },
      [&](const LinearLayer& layer) {
        const MatrixXd matrix = costs_of(layer, *statistics, options, context);
        std::vector<float>& values = costs[layer.weight->id];
        values.resize(static_cast<std::size_t>(matrix.size()));
        for (Index row = 0; row < layer.rows; ++row) {
          for (Index feature = 0; feature < layer.features; ++feature) {
            values[static_cast<std::size_t>(layer.index(row, feature))] =
                static_cast<float>(matrix(row, feature));
          }
        }
        statistics.reset();
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
    if (fitted.singular > 0 && ++singular <= 3) {
      result.notes.push_back(fmt::format(
          "The inputs of layer {} do not tell all its weights apart (H is singular{}); dampened by "
          "{:.3g}.",
          graph::label_of(node),
          layer.groups > 1 ? fmt::format(" in {} of {} groups", fitted.singular, layer.groups) : "",
          fitted.most_added));
    }
    std::map<graph::WeightId, Tensor> values;
    values[layer.weight->id] = tensor_of(layer, fitted.weights / layer.alpha);
    if (layer.bias) {
      values[layer.bias->id] = shifted(
          layer.bias->value, shift_of(layer, statistics, fitted.weights), layer.bias->factor);
      // A dead channel's constant stays gone.
      const auto mask = masks.find(layer.bias->id);
      if (mask != masks.end()) {
        values[layer.bias->id] = graph::masked(values[layer.bias->id], mask->second);
      }
    }
    result.network = graph::with_weights(result.network, values);
    ++result.layers;
    context.report({.work = "reconstruct: layer",
                    .step = static_cast<std::int64_t>(i) + 1,
                    .total = static_cast<std::int64_t>(layers.size()),
                    .values = {}});
  }
  if (singular > 3) {
    result.notes.push_back(fmt::format("The same holds for {} more layers.", singular - 3));
  }
  return result;
}

}  // namespace gcompress::prune

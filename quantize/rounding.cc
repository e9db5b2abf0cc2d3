// One channel at a time.
#include "gcompress/quantize/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "gcompress/quantize/layer_constants.h"

namespace gcompress::quantize {
namespace {

constexpr int kSweeps = 20;
// Added to the diagonal, of its mean: samples do not tell all.
constexpr double kDamping = 0.01;

struct PlannedLayer {
  std::size_t node = 0;
  const IntegerLayer* layer = nullptr;
};

std::size_t place_of(const InputMoments& moments, std::int64_t row, std::int64_t feature) {
  return static_cast<std::size_t>(moments.features_first ? feature * moments.rows + row
                                                         : row * moments.features + feature);
}

Eigen::MatrixXd damped(Eigen::MatrixXd matrix) {
  if (matrix.rows() > 0) matrix.diagonal().array() += kDamping * matrix.diagonal().mean();
  return matrix;
}

Tensor rounded(const Tensor& weight, const graph::QuantizedWeight& nearest,
               const InputMoments& moments, int levels, const RunContext& context) {
  std::vector<float> values = to_float32(weight);
  std::vector<Eigen::MatrixXd> matrices;
  matrices.reserve(moments.each.size());
  for (const Eigen::MatrixXd& each : moments.each) matrices.push_back(damped(each));
  const std::int64_t rows_of_group = moments.rows / std::ssize(matrices);
  Eigen::VectorXd scaled(moments.features);
  for (std::int64_t row = 0; row < moments.rows; ++row) {
    context.check_cancelled();
    const float scale = nearest.scales[static_cast<std::size_t>(row)];
    for (std::int64_t i = 0; i < moments.features; ++i) {
      scaled(i) = static_cast<double>(values[place_of(moments, row, i)]) / scale;
    }
    const std::vector<int> integers =
        rounded_for(scaled, matrices[static_cast<std::size_t>(row / rows_of_group)], levels);
    for (std::int64_t i = 0; i < moments.features; ++i) {
      values[place_of(moments, row, i)] =
          static_cast<float>(integers[static_cast<std::size_t>(i)]) * scale;
    }
  }
  return Tensor::from<float>(weight.shape(), std::move(values));
}

}  // namespace

std::vector<int> rounded_for(const Eigen::VectorXd& scaled, const Eigen::MatrixXd& moments,
                             int levels) {
  using Eigen::Index;
  const Index count = scaled.size();
  Eigen::ArrayXd integers(count);
  Eigen::ArrayXd step(count);   // what turning a weight over adds to it
  Eigen::ArrayXd fixed(count);  // infinite where a weight may not be turned over
  for (Index i = 0; i < count; ++i) {
    const double nearest = std::nearbyint(scaled(i));
    integers(i) = std::clamp<double>(nearest, -levels, levels);
    step(i) = scaled(i) > nearest ? 1 : -1;
    const bool stays = scaled(i) == nearest || std::abs(nearest) >= levels;
    fixed(i) = stays ? std::numeric_limits<double>::infinity() : 0;
  }
  const Eigen::ArrayXd diagonal = moments.diagonal();
  Eigen::ArrayXd slope = (moments * (integers.matrix() - scaled)).array();  // half the gradient
  const auto turn = [&](Index i) {
    integers(i) += step(i);
    slope += step(i) * moments.col(i).array();
    step(i) = -step(i);
  };
  const double least = 1e-9 * diagonal.mean();
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool moved = false;
    for (Index i = 0; i < count; ++i) {
      if (fixed(i) != 0) continue;
      const double alone = 2 * step(i) * slope(i) + diagonal(i);
      // And together with the best other one.
      Eigen::ArrayXd both =
          alone + 2 * step * (slope + step(i) * moments.col(i).array()) + diagonal + fixed;
      both(i) = alone;
      Index partner = i;
      if (both.minCoeff(&partner) >= -least) continue;
      turn(i);
      if (partner != i) turn(partner);
      moved = true;
    }
    if (!moved) break;
  }
  std::vector<int> result;
  result.reserve(static_cast<std::size_t>(count));
  for (const double integer : integers) result.push_back(static_cast<int>(integer));
  return result;
}

Adjustments with_learned_rounding(const graph::Network& prepared, Adjustments adjustments,
                                  const Ranges& ranges, const QuantizeOptions& options,
                                  const MomentSource& source, const RunContext& context) {
  const Plan plan = make_plan(
      prepared, [&ranges](const std::string& value) { return ranges.contains(value); },
      options.keep_float);
  std::map<std::string, PlannedLayer> layers;
  for (const auto& [node, layer] : plan.layers) {
    if (!layer.weight || layer.axis < 0) continue;
    layers[prepared.graph.nodes[node].outputs.front()] = {.node = node, .layer = &layer};
  }
  const graph::ValueScope constants(prepared.graph, {});
  const int levels = weight_levels(options);
  source(prepared, [&](const InputMoments& moments) {
    const auto found = layers.find(moments.output);
    if (found == layers.end()) return;
    const auto& [node, layer] = found->second;
    const std::vector<std::string>& inputs = prepared.graph.nodes[node].inputs;
    const graph::ActivationQuantization input =
        quantization_of(plan, ranges, inputs[layer->activations.front()], options.activations);
    const graph::QuantizedWeight nearest = weight_of(constants, node, *layer, input.scale, levels);
    if (std::ssize(nearest.scales) != moments.rows) return;
    adjustments[moments.output].weight =
        rounded(constants.constant(inputs[*layer->weight]), nearest, moments, levels, context);
  });
  return adjustments;
}

}  // namespace gcompress::quantize

// Batch normalisation after a convolution or a matrix: its factor, and folding it away.
#include "gcompress/core/graph/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/graph/operators/normalization.h"
#include "gcompress/core/graph/rewriting.h"

namespace gcompress::graph {
namespace {

struct Normalisation {
  std::vector<float> factor;  // scale / sqrt(variance + epsilon)
  std::vector<float> mean;
  std::vector<float> shift;
};

// The node's constants, if it normalises with running statistics; else an empty factor.
Normalisation normalisation_of(const Node& node, const ValueScope& constants, std::int64_t opset) {
  if (node.op_type != "BatchNormalization" || !node.domain.empty() || node.inputs.size() != 5) {
    return {};
  }
  const BatchNormAttributes attributes = batch_norm_attributes(node, opset);
  if (attributes.training || attributes.per_activation) return {};
  std::vector<float> values[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const Tensor tensor = constants.constant(node.inputs[i + 1]);
    if (!tensor.defined() || !is_floating(tensor.dtype())) return {};
    values[i] = to_float32(tensor);
    if (values[i].size() != values[0].size()) return {};
  }
  Normalisation result{.factor = values[0], .mean = values[2], .shift = values[1]};
  for (std::size_t i = 0; i < result.factor.size(); ++i) {
    result.factor[i] = static_cast<float>(
        values[0][i] / std::sqrt(static_cast<double>(values[3][i]) + attributes.epsilon));
  }
  return result;
}

// A kernel or matrix whose layer's output goes to one BatchNormalization and nowhere else.
struct FoldablePair {
  std::size_t weight = 0;  // index into the weights
  std::size_t layer = 0;   // node indices of the main graph
  std::size_t normaliser = 0;
  Normalisation normalisation;
};

std::vector<FoldablePair> find_pairs(const Network& network, const std::vector<Weight>& weights) {
  const Graph& graph = network.graph;
  const ValueScope constants(graph, {});
  const auto readers = count_readers(graph);
  std::unordered_map<std::string, std::size_t> normaliser_of;  // by the value it reads
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op_type == "BatchNormalization" && !node.inputs.empty()) {
      normaliser_of.emplace(node.inputs.front(), i);
    }
  }
  std::vector<FoldablePair> pairs;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Weight& weight = weights[i];
    if ((weight.role != WeightRole::kKernel && weight.role != WeightRole::kMatrix) ||
        weight.output_axis < 0 || weight.uses.size() != 1 || !weight.uses[0].scope.empty()) {
      continue;
    }
    const Node& layer = graph.nodes[weight.uses[0].node];
    if (layer.outputs.empty() || readers.of(layer.outputs[0]) != 1) continue;
    const auto found = normaliser_of.find(layer.outputs[0]);
    if (found == normaliser_of.end()) continue;
    Normalisation normalisation =
        normalisation_of(graph.nodes[found->second], constants, network.opset());
    const auto channels = weight.value.shape()[static_cast<std::size_t>(weight.output_axis)];
    if (static_cast<std::int64_t>(normalisation.factor.size()) != channels) continue;
    pairs.push_back({i, weight.uses[0].node, found->second, std::move(normalisation)});
  }
  return pairs;
}

// The tensor with every slice along `axis` multiplied by its factor.
Tensor scaled_along(const Tensor& tensor, int axis, const std::vector<float>& factor) {
  std::vector<float> values = to_float32(tensor);
  std::size_t inner = 1;
  for (auto i = static_cast<std::size_t>(axis) + 1; i < tensor.shape().size(); ++i) {
    inner *= static_cast<std::size_t>(tensor.shape()[i]);
  }
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= factor[i / inner % factor.size()];
  return from_float32(tensor.dtype(), tensor.shape(), values);
}

bool is_plain_layer(const Node& node) {
  if (node.op_type == "Conv") return true;
  if (node.op_type != "Gemm") return false;
  const GemmAttributes gemm = gemm_attributes(node);
  return gemm.alpha == 1.0F && gemm.beta == 1.0F;
}

// Kernels and matrices that a plain layer of the main graph reads itself, and nobody else. Found
// without find_weights, whose judgements a program that only runs networks does not need.
std::vector<Weight> weights_of_plain_layers(const Network& network) {
  const Graph& graph = network.graph;
  const ValueScope scope(graph, {});
  const ReaderCounts readers = count_readers(graph);
  std::vector<Weight> weights;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!node.domain.empty() || !is_plain_layer(node) || node.inputs.size() < 2) continue;
    if (readers.of(node.inputs[1]) != 1) continue;
    std::vector<ConstantOrigin> origins = trace_constants(scope, node.inputs[1], network.opset());
    if (origins.size() != 1 || !origins[0].direct) continue;
    const Tensor& value = origins[0].tensor;
    const bool is_conv = node.op_type == "Conv";
    if (!is_floating(value.dtype()) || (is_conv ? value.rank() < 2 : value.rank() != 2)) continue;
    Weight& weight = weights.emplace_back();
    weight.id = origins[0].id;
    weight.value = value;
    weight.role = is_conv ? WeightRole::kKernel : WeightRole::kMatrix;
    weight.uses = {{.scope = {}, .node = i, .input = 1}};
    weight.output_axis = is_conv || gemm_attributes(node).transpose_b ? 0 : 1;
  }
  return weights;
}

// The layer's bias behind the normalisation; empty if the present one is not a plain constant.
std::vector<float> folded_bias(const Node& layer, const ValueScope& constants,
                               const Normalisation& normalisation) {
  std::vector<float> bias(normalisation.factor.size(), 0.0F);
  if (layer.inputs.size() > 2 && !layer.inputs[2].empty()) {
    const Tensor present = constants.constant(layer.inputs[2]);
    if (!present.defined() || present.size() != static_cast<std::int64_t>(bias.size())) return {};
    bias = to_float32(present);
  }
  for (std::size_t i = 0; i < bias.size(); ++i) {
    bias[i] = (bias[i] - normalisation.mean[i]) * normalisation.factor[i] + normalisation.shift[i];
  }
  return bias;
}

}  // namespace

std::map<WeightId, std::vector<float>> batch_norm_factors(const Network& network,
                                                          const std::vector<Weight>& weights) {
  std::map<WeightId, std::vector<float>> factors;
  for (FoldablePair& pair : find_pairs(network, weights)) {
    factors.emplace(weights[pair.weight].id, std::move(pair.normalisation.factor));
  }
  return factors;
}

Network fold_batch_norms(const Network& network) {
  const std::vector<Weight> weights = weights_of_plain_layers(network);
  const ValueScope constants(network.graph, {});
  NewNames names(network.graph);
  std::map<WeightId, Tensor> values;
  std::vector<bool> removed(network.graph.nodes.size(), false);
  std::set<std::string> replaced;
  Network result = network;
  for (const FoldablePair& pair : find_pairs(network, weights)) {
    const Weight& weight = weights[pair.weight];
    Node& layer = result.graph.nodes[pair.layer];
    const Node& normaliser = network.graph.nodes[pair.normaliser];
    const std::vector<float> bias = folded_bias(layer, constants, pair.normalisation);
    if (bias.empty()) continue;
    values[weight.id] = scaled_along(weight.value, weight.output_axis, pair.normalisation.factor);
    const std::string bias_name = names.take(weight.id.tensor + ".folded_bias");
    replaced.insert(normaliser.inputs.begin() + 1, normaliser.inputs.end());
    if (layer.inputs.size() > 2) replaced.insert(layer.inputs[2]);
    replaced.insert(layer.outputs[0]);
    layer.inputs.resize(3);
    layer.inputs[2] = bias_name;
    layer.outputs[0] = normaliser.outputs[0];
    removed[pair.normaliser] = true;
    result.graph.initializers.push_back(
        {.name = bias_name,
         .value =
             from_float32(weight.value.dtype(), {static_cast<std::int64_t>(bias.size())}, bias),
         .storage = Storage::kRaw,
         .opaque = {}});
  }
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < removed.size(); ++i) {
    if (!removed[i]) nodes.push_back(std::move(result.graph.nodes[i]));
  }
  result.graph.nodes = std::move(nodes);
  result = with_weights(result, values);
  drop_unread(result.graph, replaced);
  return result;
}

}  // namespace gcompress::graph

// Finding layers, and where a constant that they should add can go.
#include "gcompress/prune/reconstruct/linear_layer.h"

#include <algorithm>
#include <unordered_map>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/graph/operators/normalization.h"
#include "gcompress/core/graph/rewriting.h"

namespace gcompress::prune {
namespace {

class Finder {
 public:
  Finder(const graph::Network& network, const std::vector<graph::Weight>& weights,
         const std::set<graph::WeightId>& untouched)
      : network_(network),
        weights_(weights),
        untouched_(untouched),
        constants_(network.graph, {}),
        readers_(graph::count_readers(network.graph)) {
    for (std::size_t i = 0; i < network.graph.nodes.size(); ++i) {
      for (const std::string& input : network.graph.nodes[i].inputs) {
        reader_.emplace(input, &network.graph.nodes[i]);
      }
    }
  }

  std::vector<LinearLayer> find() const {
    std::vector<LinearLayer> layers;
    for (const graph::Weight& weight : weights_) {
      std::optional<LinearLayer> layer = layer_of(weight);
      if (layer) layers.push_back(std::move(*layer));
    }
    std::ranges::stable_sort(layers, {}, &LinearLayer::node);
    return layers;
  }

 private:
  std::optional<LinearLayer> layer_of(const graph::Weight& weight) const {
    if (!weight.prunable || untouched_.contains(weight.id) || weight.uses.size() != 1 ||
        !weight.uses[0].scope.empty() || !weight.uses[0].direct || !weight.id.scope.empty() ||
        weight.size() == 0 || !is_floating(weight.value.dtype())) {
      return std::nullopt;
    }
    const graph::WeightUse& use = weight.uses[0];
    const graph::Node& node = network_.graph.nodes[use.node];
    if (!node.domain.empty() || node.outputs.empty()) return std::nullopt;
    LinearLayer layer;
    layer.weight = &weight;
    layer.node = use.node;
    layer.output = node.outputs[0];
    const bool known = node.op_type == "Conv"     ? read_conv(layer, node, use.input)
                       : node.op_type == "Gemm"   ? read_gemm(layer, node, use.input)
                       : node.op_type == "MatMul" ? read_matmul(layer, node, use.input)
                                                  : false;
    if (!known || !read_added(layer, node)) return std::nullopt;
    layer.bias = bias_of(layer, node);
    return layer;
  }

  static bool read_conv(LinearLayer& layer, const graph::Node& node, std::size_t input) {
    const Shape& shape = layer.weight->value.shape();
    if (input != 1 || shape.size() < 3) return false;
    layer.form = LinearLayer::Form::kKernel;
    layer.input = node.inputs[0];
    layer.convolution = graph::conv_attributes(node, {shape.begin() + 2, shape.end()});
    layer.groups = layer.convolution->group;
    layer.rows = shape[0];
    layer.features = layer.weight->size() / shape[0];
    return layer.groups > 0 && layer.rows % layer.groups == 0;
  }

  static bool read_gemm(LinearLayer& layer, const graph::Node& node, std::size_t input) {
    const Shape& shape = layer.weight->value.shape();
    if (input != 1 || shape.size() != 2) return false;
    const graph::GemmAttributes gemm = graph::gemm_attributes(node);
    if (gemm.alpha == 0) return false;
    layer.input = node.inputs[0];
    layer.features_first = !gemm.transpose_b;
    layer.input_transposed = gemm.transpose_a;
    layer.alpha = gemm.alpha;
    layer.rows = shape[gemm.transpose_b ? 0 : 1];
    layer.features = shape[gemm.transpose_b ? 1 : 0];
    return true;
  }

  static bool read_matmul(LinearLayer& layer, const graph::Node& node, std::size_t input) {
    const Shape& shape = layer.weight->value.shape();
    if (shape.size() != 2 || node.inputs.size() != 2) return false;
    const bool right = input == 1;
    layer.form = right ? LinearLayer::Form::kRight : LinearLayer::Form::kLeft;
    layer.input = node.inputs[right ? 0 : 1];
    layer.features_first = right;
    layer.rows = shape[right ? 1 : 0];
    layer.features = shape[right ? 0 : 1];
    return true;
  }

  // False where the node adds something that is not one constant a row.
  bool read_added(LinearLayer& layer, const graph::Node& node) const {
    layer.added.assign(static_cast<std::size_t>(layer.rows), 0.0F);
    if (node.op_type == "MatMul" || node.inputs.size() < 3 || node.inputs[2].empty()) return true;
    const std::optional<graph::ConstantOrigin> origin = origin_of(node.inputs[2]);
    if (!origin) return false;
    const std::vector<float> values = to_float32(origin->tensor);
    const bool row = origin->tensor.size() == layer.rows && origin->shape.back() == layer.rows;
    if (!row && values.size() != 1) return false;
    const float beta = node.op_type == "Gemm" ? graph::gemm_attributes(node).beta : 1;
    for (std::size_t i = 0; i < layer.added.size(); ++i) {
      layer.added[i] = beta * values[values.size() == 1 ? 0 : i];
    }
    return true;
  }

  // The floating constant whose elements the value has, in their order.
  std::optional<graph::ConstantOrigin> origin_of(const std::string& value) const {
    std::vector<graph::ConstantOrigin> origins =
        graph::trace_constants(constants_, value, network_.opset());
    if (origins.size() != 1) return std::nullopt;
    graph::ConstantOrigin& origin = origins.front();
    // Only axes of size 1 may have come or gone.
    const auto longer = [](std::int64_t size) { return size != 1; };
    const bool reshaped = origin.exact_shape && !origin.dequantized &&
                          std::ranges::count_if(origin.shape, longer) <= 1 &&
                          element_count(origin.shape) == origin.tensor.size();
    if ((!origin.direct && !reshaped) || origin.shape.empty() ||
        !is_floating(origin.tensor.dtype())) {
      return std::nullopt;
    }
    return std::move(origin);
  }

  // Where to add to a constant that has one element a row, `behind` axes from the last, and that
  // nobody else reads.
  std::optional<BiasPlace> place_in(const std::string& value, std::int64_t rows, std::size_t behind,
                                    double factor) const {
    const std::optional<graph::ConstantOrigin> origin = origin_of(value);
    if (!origin || origin->tensor.size() != rows || origin->shape.size() <= behind ||
        origin->shape[origin->shape.size() - 1 - behind] != rows || readers_.of(value) != 1 ||
        readers_.of(origin->id.tensor) != 1 || !origin->id.scope.empty() ||
        untouched_.contains(origin->id)) {
      return std::nullopt;
    }
    return BiasPlace{origin->id, origin->tensor, factor};
  }

  std::optional<BiasPlace> bias_of(const LinearLayer& layer, const graph::Node& node) const {
    if (node.op_type != "MatMul" && node.inputs.size() > 2 && !node.inputs[2].empty()) {
      const double beta = node.op_type == "Gemm" ? graph::gemm_attributes(node).beta : 1;
      return beta == 0 ? std::nullopt : place_in(node.inputs[2], layer.rows, 0, 1 / beta);
    }
    if (readers_.of(layer.output) != 1) return std::nullopt;
    const auto found = reader_.find(layer.output);
    if (found == reader_.end() || !found->second->domain.empty()) return std::nullopt;
    const graph::Node& reader = *found->second;
    if (reader.op_type == "BatchNormalization" && layer.form == LinearLayer::Form::kKernel) {
      const graph::BatchNormAttributes norm =
          graph::batch_norm_attributes(reader, network_.opset());
      const bool plain = !norm.training && !norm.per_activation && reader.inputs.size() == 5;
      return plain ? place_in(reader.inputs[3], layer.rows, 0, -1) : std::nullopt;
    }
    if (reader.op_type == "Add") {
      const std::string& other = reader.inputs[reader.inputs[0] == layer.output ? 1 : 0];
      const std::size_t behind = layer.form == LinearLayer::Form::kKernel
                                     ? layer.convolution->window.axes()
                                 : layer.form == LinearLayer::Form::kLeft ? 1
                                                                          : 0;
      return place_in(other, layer.rows, behind, 1);
    }
    return std::nullopt;
  }

  const graph::Network& network_;
  const std::vector<graph::Weight>& weights_;
  const std::set<graph::WeightId>& untouched_;
  graph::ValueScope constants_;
  graph::ReaderCounts readers_;
  std::unordered_map<std::string, const graph::Node*> reader_;  // one of them
};

}  // namespace

std::vector<LinearLayer> linear_layers(const graph::Network& network,
                                       const std::vector<graph::Weight>& weights,
                                       const std::set<graph::WeightId>& untouched) {
  return Finder(network, weights, untouched).find();
}

Eigen::MatrixXd matrix_of(const LinearLayer& layer, const Tensor& value) {
  const std::vector<float> values = to_float32(value);
  Eigen::MatrixXd matrix(layer.rows, layer.features);
  for (std::int64_t row = 0; row < layer.rows; ++row) {
    for (std::int64_t feature = 0; feature < layer.features; ++feature) {
      matrix(row, feature) = values[static_cast<std::size_t>(layer.index(row, feature))];
    }
  }
  return matrix;
}

Tensor tensor_of(const LinearLayer& layer, const Eigen::MatrixXd& matrix) {
  std::vector<float> values(static_cast<std::size_t>(matrix.size()));
  for (std::int64_t row = 0; row < layer.rows; ++row) {
    for (std::int64_t feature = 0; feature < layer.features; ++feature) {
      values[static_cast<std::size_t>(layer.index(row, feature))] =
          static_cast<float>(matrix(row, feature));
    }
  }
  return from_float32(layer.weight->value.dtype(), layer.weight->value.shape(), values);
}

}  // namespace gcompress::prune

// Values read by products, their largest features, and where the division goes.
#include "gcompress/quantize/smooth.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <vector>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/quantize/constant_writer.h"
#include "gcompress/quantize/layers.h"

namespace gcompress::quantize {
namespace {

using graph::Node;

struct Reader {
  std::size_t node = 0;
  bool features_first = true;  // the weight is [features, outputs]
};

std::size_t feature_of(std::size_t i, const Shape& shape, bool features_first) {
  const auto columns = static_cast<std::size_t>(shape[1]);
  return features_first ? i / columns : i % columns;
}

class Smoother {
 public:
  Smoother(const graph::Network& network, double strength)
      : network_(network),
        strength_(strength),
        constants_(network.graph, {}),
        all_readers_(graph::count_readers(network.graph)),
        result_{.network = network},
        writer_(result_.network) {
    for (std::size_t i = 0; i < network.graph.nodes.size(); ++i) {
      const Node& node = network.graph.nodes[i];
      for (const std::string& output : node.outputs) producer_[output] = i;
      if (node.op_type != "MatMul" && node.op_type != "Gemm") continue;
      const LayerCheck check = check_layer(node, constants_);
      if (!check.layer || !check.layer->weight || check.layer->axis < 0) continue;
      readers_[node.inputs[0]].push_back({i, check.layer->axis == 1});
    }
  }

  Smoothed run(const Samples& samples);

 private:
  std::vector<float> factors_of(const std::string& value, const std::vector<Reader>& readers) const;
  void scale_weights(const std::vector<Reader>& readers, const std::vector<float>& factors);
  // False if there is nothing to fold into.
  bool fold(const std::string& value, std::size_t readers, const std::vector<float>& factors);
  bool divide(std::size_t node, std::size_t input, const std::vector<float>& factors);
  bool may_divide(const Node& node, std::size_t input, std::size_t features) const;
  void insert(const std::string& value, const std::vector<Reader>& readers,
              const std::vector<float>& factors);

  const graph::Network& network_;
  double strength_;
  graph::ValueScope constants_;
  graph::ReaderCounts all_readers_;
  std::unordered_map<std::string, std::size_t> producer_;
  std::map<std::string, std::vector<Reader>> readers_;  // products, by the value they read
  std::map<std::string, std::vector<float>> largest_;   // of each feature, by value
  std::map<std::string, Node> multiplications_;         // by their output
  Smoothed result_;
  ConstantWriter writer_;
};

std::vector<float> Smoother::factors_of(const std::string& value,
                                        const std::vector<Reader>& readers) const {
  const std::vector<float>& largest = largest_.at(value);
  std::vector<float> weights(largest.size(), 0.0F);
  for (const Reader& reader : readers) {
    const Tensor weight = constants_.constant(network_.graph.nodes[reader.node].inputs[1]);
    const std::vector<float> values = to_float32(weight);
    for (std::size_t i = 0; i < values.size(); ++i) {
      float& most = weights[feature_of(i, weight.shape(), reader.features_first)];
      most = std::max(most, std::abs(values[i]));
    }
  }
  std::vector<float> factors(largest.size(), 1.0F);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (largest[i] == 0 || weights[i] == 0) continue;
    constexpr double kMost = 1e4;  // keeps scales of weights away from 0
    const double factor = std::pow(largest[i], strength_) / std::pow(weights[i], 1 - strength_);
    factors[i] = static_cast<float>(std::clamp(factor, 1 / kMost, kMost));
  }
  return factors;
}

void Smoother::scale_weights(const std::vector<Reader>& readers,
                             const std::vector<float>& factors) {
  for (const Reader& reader : readers) {
    Node& node = result_.network.graph.nodes[reader.node];
    const Tensor weight = constants_.constant(network_.graph.nodes[reader.node].inputs[1]);
    std::vector<float> values = to_float32(weight);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] *= factors[feature_of(i, weight.shape(), reader.features_first)];
    }
    writer_.replace(node, 1, ".smoothed", Tensor::from<float>(weight.shape(), std::move(values)));
  }
}

bool Smoother::may_divide(const Node& node, std::size_t input, std::size_t features) const {
  if (input >= node.inputs.size()) return false;
  const Tensor constant = constants_.constant(node.inputs[input]);
  return constant.defined() && constant.dtype() == DataType::kFloat32 && constant.rank() == 1 &&
         constant.size() == static_cast<std::int64_t>(features);
}

bool Smoother::divide(std::size_t node, std::size_t input, const std::vector<float>& factors) {
  std::vector<float> values =
      to_float32(constants_.constant(network_.graph.nodes[node].inputs[input]));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] /= factors[i];
  const auto size = static_cast<std::int64_t>(values.size());
  writer_.replace(result_.network.graph.nodes[node], input, ".smoothed",
                  Tensor::from<float>({size}, std::move(values)));
  return true;
}

bool Smoother::fold(const std::string& value, std::size_t readers,
                    const std::vector<float>& factors) {
  const auto found = producer_.find(value);
  if (found == producer_.end() || all_readers_.of(value) != readers) return false;
  const Node& node = network_.graph.nodes[found->second];
  const std::size_t features = factors.size();
  if (!node.domain.empty()) return false;
  if (node.op_type == "LayerNormalization") {
    const bool has_shift = graph::attribute_int(node, "axis", -1) == -1 && node.inputs.size() > 2 &&
                           !node.inputs[2].empty();
    if (graph::attribute_int(node, "axis", -1) != -1 || node.outputs.size() != 1 ||
        !may_divide(node, 1, features) || (has_shift && !may_divide(node, 2, features))) {
      return false;
    }
    divide(found->second, 1, factors);
    return !has_shift || divide(found->second, 2, factors);
  }
  if (node.op_type == "Mul") {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      if (may_divide(node, side, features)) return divide(found->second, side, factors);
    }
  }
  if (node.op_type == "Add") {  // gain and shift of a layer normalisation in pieces
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const std::string& other = node.inputs[1 - side];
      if (!may_divide(node, side, features) || !producer_.contains(other)) continue;
      if (network_.graph.nodes[producer_.at(other)].op_type == "Mul" && fold(other, 1, factors)) {
        return divide(found->second, side, factors);
      }
    }
  }
  return false;
}

void Smoother::insert(const std::string& value, const std::vector<Reader>& readers,
                      const std::vector<float>& factors) {
  std::vector<float> inverse;
  inverse.reserve(factors.size());
  for (const float factor : factors) inverse.push_back(1 / factor);
  const auto size = static_cast<std::int64_t>(inverse.size());
  const std::string constant =
      writer_.add(value + ".smoothing", Tensor::from<float>({size}, std::move(inverse)));
  const std::string output = writer_.new_name(value + ".smooth");
  for (const Reader& reader : readers) {
    result_.network.graph.nodes[reader.node].inputs[0] = output;
  }
  multiplications_.emplace(output, graph::make_node("Mul", output, {value, constant}, {output}));
  ++result_.inserted;
}

Smoothed Smoother::run(const Samples& samples) {
  std::set<std::string> values;
  for (const auto& [value, readers] : readers_) values.insert(value);
  if (values.empty()) return std::move(result_);
  probe(network_, values, samples, "smooth",
        [this](const std::string& value, const Tensor& tensor) {
          const auto features = static_cast<std::size_t>(tensor.shape().back());
          std::vector<float>& most = largest_[value];
          most.resize(features, 0.0F);
          const std::vector<float> elements = to_float32(tensor);
          for (std::size_t i = 0; i < elements.size(); ++i) {
            most[i % features] = std::max(most[i % features], std::abs(elements[i]));
          }
        });
  for (const auto& [value, readers] : readers_) {
    const std::vector<float> factors = factors_of(value, readers);
    scale_weights(readers, factors);
    if (!fold(value, readers.size(), factors)) insert(value, readers, factors);
    ++result_.values;
  }
  // Each multiplication stands before the first node that reads it.
  std::vector<Node> nodes;
  for (Node& node : result_.network.graph.nodes) {
    for (const std::string& input : node.inputs) {
      const auto found = multiplications_.find(input);
      if (found == multiplications_.end()) continue;
      nodes.push_back(std::move(found->second));
      multiplications_.erase(found);
    }
    nodes.push_back(std::move(node));
  }
  result_.network.graph.nodes = std::move(nodes);
  writer_.finish();
  return std::move(result_);
}

}  // namespace

Smoothed smoothed(const graph::Network& prepared, double strength, const Samples& samples) {
  return Smoother(prepared, strength).run(samples);
}

}  // namespace gcompress::quantize

// A linear model of a step's time: a constant, its work, and its outputs.
#include "gcompress/core/engine/predict.h"

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "gcompress/core/engine/fusion.h"
#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/operators/parameters.h"
#include "gcompress/core/graph/topology.h"
#include "gcompress/core/graph/weight_values.h"

namespace gcompress::engine {
namespace {

// Nanoseconds, fitted by bench/engine/fit_rates.py to the steps of MobileNetV1, ResNet-20 and
// LeNet-300-100 at densities from 0.05 to 1, one thread of an AMD EPYC (family 26, model 2,
// AVX-512): half of the layers lie within 28%. Pairs of activations were not measured.
struct Rates {
  double step;         // to start one
  double output;       // an element that a layer writes
  double per_work[5];  // by WorkKind
};
constexpr Rates kRates = {101, 0.096, {0.204, 0.266, 0.335, 0.1, 0.095}};
constexpr double kVector = 16;  // floats

bool multiplies(const graph::Weight& weight) {
  return weight.role == graph::WeightRole::kKernel || weight.role == graph::WeightRole::kMatrix;
}

// Labels of the nodes that stay when batch norms are folded and others computed within layers.
std::set<std::string> steps_of(const graph::Network& network, const graph::InferredShapes& shapes) {
  const graph::Network folded = graph::fold_batch_norms(network);
  std::map<std::string, const Tensor*> constants;
  for (const graph::Initializer& tensor : folded.graph.initializers) {
    constants[tensor.name] = &tensor.value;
  }
  const graph::ConstantLookup constant = [&](const std::string& value) -> const Tensor* {
    const auto found = constants.find(value);
    return found == constants.end() ? nullptr : found->second;
  };
  std::set<std::string> labels;
  for (const FusedNodes& nodes : fuse(folded, shapes, constant)) {
    labels.insert(graph::label_of(folded.graph.nodes[nodes.layer]));
  }
  return labels;
}

// Elements of a value; 0 where its shape is not known.
double elements_of(const graph::InferredShapes& shapes, const std::string& value) {
  const std::optional<Shape> shape = graph::known_shape(shapes, value);
  if (!shape) return 0;
  double count = 1;  // sizes that nobody has checked may exceed 64 bits together
  for (const std::int64_t size : *shape) count *= static_cast<double>(size);
  return count;
}

class Predictor {
 public:
  Predictor(const graph::Network& network, const std::vector<graph::Weight>& weights,
            const graph::InferredShapes& shapes)
      : network_(network), shapes_(shapes), costs_(graph::cost(network, weights, shapes)) {
    for (const graph::Weight& weight : weights) {
      if (!multiplies(weight) || weight.size() == 0) continue;
      for (const graph::WeightUse& use : weight.uses) {
        weights_.emplace(graph::main_graph_node(network, use), &weight);
      }
    }
  }

  // Nothing if shapes are not known.
  std::optional<NodeWork> work_of(std::size_t index) const {
    const graph::Node& node = network_.graph.nodes[index];
    NodeWork work{.node = graph::label_of(node)};
    work.outputs = node.outputs.empty() ? 0 : elements_of(shapes_, node.outputs[0]);
    if (work.outputs == 0) return std::nullopt;
    const double products = static_cast<double>(costs_.nodes[index].product_flops) / 2;
    const auto weight = weights_.find(index);
    if (weight != weights_.end() && products > 0) {
      describe_layer(*weight->second, products, work);
    } else if (products > 0) {
      work.kind = WorkKind::kActivationPairs;
      work.amount = products;
    } else {
      const double read = node.inputs.empty() ? 0 : elements_of(shapes_, node.inputs[0]);
      work.amount = std::max(work.outputs, read);
    }
    work.nanoseconds = kRates.step + work.amount * kRates.per_work[static_cast<int>(work.kind)] +
                       (work.kind == WorkKind::kElements ? 0 : work.outputs * kRates.output);
    return work;
  }

 private:
  static void describe_layer(const graph::Weight& weight, double products, NodeWork& work) {
    const auto size = static_cast<double>(weight.size());
    const auto kept = static_cast<double>(graph::count_nonzero(weight.value));
    const double positions = products / size;  // outputs that one weight goes into
    const bool depthwise = weight.role == graph::WeightRole::kKernel && weight.value.rank() > 2 &&
                           weight.value.shape()[1] == 1 && weight.value.shape()[0] > 1;
    work.kind = depthwise        ? WorkKind::kDepthwise
                : positions <= 1 ? WorkKind::kGatheredTaps
                                 : WorkKind::kTapVectors;
    const double each = positions <= 1 ? positions : std::ceil(positions / kVector);
    work.amount = each * (depthwise ? size : kept);
    if (!depthwise) {
      work.weight = weight.id;
      work.amount_per_kept = each;
    }
  }

  const graph::Network& network_;
  const graph::InferredShapes& shapes_;
  graph::NetworkCost costs_;
  std::map<std::size_t, const graph::Weight*> weights_;  // by node
};

}  // namespace

const char* name_of(WorkKind kind) {
  constexpr const char* kNames[] = {"tap vectors", "gathered taps", "depthwise vectors",
                                    "activation pairs", "elements"};
  return kNames[static_cast<int>(kind)];
}

std::vector<NodeWork> predict_nodes(const graph::Network& network,
                                    const std::vector<graph::Weight>& weights,
                                    const graph::InferredShapes& shapes) {
  const Predictor predictor(network, weights, shapes);
  const std::set<std::string> steps = steps_of(network, shapes);
  std::vector<NodeWork> works;
  for (std::size_t i = 0; i < network.graph.nodes.size(); ++i) {
    const graph::Node& node = network.graph.nodes[i];
    if (node.op_type == "Constant" || !steps.contains(graph::label_of(node))) continue;
    if (std::optional<NodeWork> work = predictor.work_of(i)) works.push_back(std::move(*work));
  }
  return works;
}

graph::CostModel predict(const graph::Network& network, const std::vector<graph::Weight>& weights,
                         const graph::InferredShapes& shapes) {
  std::map<graph::WeightId, graph::LinearCost> lines;
  double rest = 0;
  for (const NodeWork& work : predict_nodes(network, weights, shapes)) {
    const double rate = kRates.per_work[static_cast<int>(work.kind)];
    if (work.weight.tensor.empty()) {
      rest += work.nanoseconds;
    } else {
      rest += work.nanoseconds - rate * work.amount;
      lines[work.weight].per_element += rate * work.amount_per_kept;
    }
  }
  return graph::linear_cost("predicted ns", std::move(lines), rest);
}

}  // namespace gcompress::engine

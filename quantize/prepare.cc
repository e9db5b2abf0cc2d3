// Opset, constants, batch norms, biases behind products.
#include "gcompress/quantize/prepare.h"

#include <unordered_map>

#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/opset.h"
#include "gcompress/core/graph/qdq/pattern.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::quantize {
namespace {

using graph::Node;

bool is_matrix(const graph::InferredShapes& shapes, const std::string& value) {
  const auto found = shapes.find(value);
  return found != shapes.end() && found->second.shape && found->second.shape->size() == 2;
}

// The input of Add that is a row of so many constants; nothing if none is.
std::optional<std::size_t> bias_input(const Node& add, const graph::ValueScope& constants,
                                      std::int64_t columns) {
  for (std::size_t i = 0; i < 2; ++i) {
    const Tensor bias = constants.constant(add.inputs[i]);
    if (bias.defined() && bias.size() == columns && bias.rank() <= 2 && bias.rank() >= 1 &&
        bias.shape().back() == columns) {
      return i;
    }
  }
  return std::nullopt;
}

// A product of matrices and a bias added to it become one Gemm, which runtimes have on integers.
// ONNX Runtime joins them by itself, and then finds a float bias where it wants an int32 one.
graph::Network join_biases(const graph::Network& network) {
  const graph::ValueScope constants(network.graph, {});
  const graph::InferredShapes shapes = graph::infer_shapes(network);
  const auto readers = graph::count_readers(network.graph);
  std::unordered_map<std::string, std::size_t> products;  // by output
  graph::Network result = network;
  std::vector<bool> removed(network.graph.nodes.size(), false);
  for (std::size_t i = 0; i < network.graph.nodes.size(); ++i) {
    const Node& node = network.graph.nodes[i];
    if (!node.domain.empty() || node.inputs.size() != 2 || node.outputs.size() != 1) continue;
    if (node.op_type == "MatMul") {
      const Tensor weight = constants.constant(node.inputs[1]);
      if (weight.defined() && weight.rank() == 2 && is_matrix(shapes, node.inputs[0]) &&
          readers.of(node.outputs[0]) == 1) {
        products[node.outputs[0]] = i;
      }
    }
    if (node.op_type != "Add") continue;
    for (std::size_t side = 0; side < 2; ++side) {
      const auto product = products.find(node.inputs[side]);
      if (product == products.end()) continue;
      const Tensor weight = constants.constant(network.graph.nodes[product->second].inputs[1]);
      if (bias_input(node, constants, weight.shape()[1]) != 1 - side) continue;
      // Where the sum was: the bias of a Constant node may stand behind the product.
      Node gemm = network.graph.nodes[product->second];
      gemm.op_type = "Gemm";
      gemm.inputs.push_back(node.inputs[1 - side]);
      gemm.outputs = node.outputs;
      result.graph.nodes[i] = std::move(gemm);
      removed[product->second] = true;
      break;
    }
  }
  std::size_t index = 0;
  std::erase_if(result.graph.nodes, [&](const Node&) { return removed[index++]; });
  return result;
}

// Constant nodes of the main graph become initializers, so that constants are in one place only.
graph::Network gather_constants(graph::Network network) {
  std::erase_if(network.graph.nodes, [&network](const Node& node) {
    if (node.op_type != "Constant" || !node.domain.empty() || node.outputs.size() != 1)
      return false;
    Tensor value = graph::constant_of(node);
    if (!value.defined()) return false;
    graph::Initializer constant;
    constant.name = node.outputs.front();
    constant.value = std::move(value);
    network.graph.initializers.push_back(std::move(constant));
    return true;
  });
  return network;
}

}  // namespace

graph::Network prepared(const graph::Network& network) {
  if (graph::is_quantized(network)) {
    throw_input("the network is already quantized", {}, "give the float network");
  }
  return join_biases(
      graph::fold_batch_norms(gather_constants(graph::raise_to_quantizing_opset(network))));
}

}  // namespace gcompress::quantize

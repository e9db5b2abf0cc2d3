// float32 to another type, wherever it stands.
#include "gcompress/core/graph/float_type.h"

namespace gcompress::graph {
namespace {

Tensor converted(const Tensor& tensor, DataType dtype) {
  if (tensor.dtype() != DataType::kFloat32) return tensor;
  return from_float32(dtype, tensor.shape(), tensor.as<float>());
}

void convert(std::vector<Value>& values, DataType dtype) {
  for (Value& value : values) {
    if (value.dtype == DataType::kFloat32) value.dtype = dtype;
  }
}

Graph converted(const Graph& graph, DataType dtype);

void convert(Node& node, DataType dtype) {
  for (Attribute& attribute : node.attributes) {
    if (auto* tensor = std::get_if<Tensor>(&attribute.data)) {
      *tensor = converted(*tensor, dtype);
    } else if (auto* graph = std::get_if<GraphPtr>(&attribute.data)) {
      *graph = std::make_shared<const Graph>(converted(**graph, dtype));
    } else if (auto* graphs = std::get_if<std::vector<GraphPtr>>(&attribute.data)) {
      for (GraphPtr& each : *graphs) each = std::make_shared<const Graph>(converted(*each, dtype));
    } else if (auto* number = std::get_if<std::int64_t>(&attribute.data)) {
      const bool type = node.op_type == "Cast" && attribute.name == "to";
      if (type && *number == static_cast<std::int64_t>(DataType::kFloat32)) {
        *number = static_cast<std::int64_t>(dtype);
      }
    }
  }
}

Graph converted(const Graph& graph, DataType dtype) {
  Graph result = graph;
  for (Initializer& tensor : result.initializers) tensor.value = converted(tensor.value, dtype);
  for (SparseInitializer& tensor : result.sparse_initializers) {
    tensor.values = converted(tensor.values, dtype);
  }
  for (Node& node : result.nodes) convert(node, dtype);
  for (auto* values : {&result.inputs, &result.outputs, &result.values}) convert(*values, dtype);
  return result;
}

}  // namespace

Network with_float_type(const Network& network, DataType dtype) {
  Network result = network;
  result.graph = converted(network.graph, dtype);
  return result;
}

}  // namespace gcompress::graph

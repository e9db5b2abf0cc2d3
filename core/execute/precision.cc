// Collecting the types of weights and constants.
#include "gcompress/core/execute/precision.h"

#include <set>
#include <variant>

namespace gcompress::execute {
namespace {

bool decides(DataType dtype) {
  const int bits = bits_of(dtype);
  return is_floating(dtype) || (bits > 0 && bits <= 8 && dtype != DataType::kBool);
}

void collect(const graph::Graph& graph, std::set<DataType>& types) {
  const auto add = [&types](DataType dtype) {
    if (decides(dtype)) types.insert(dtype);
  };
  for (const graph::Initializer& tensor : graph.initializers) add(tensor.value.dtype());
  for (const graph::SparseInitializer& tensor : graph.sparse_initializers) {
    add(tensor.values.dtype());
  }
  for (const graph::Node& node : graph.nodes) {
    for (const graph::Attribute& attribute : node.attributes) {
      if (const auto* tensor = std::get_if<Tensor>(&attribute.data)) add(tensor->dtype());
    }
  }
}

}  // namespace

std::string precision_of(const graph::Network& network) {
  std::set<DataType> types;
  graph::for_each_graph(network.graph, [&types](const std::string&, const graph::Graph& graph) {
    collect(graph, types);
  });
  if (types.empty()) {
    for (const graph::Value& input : graph::runtime_inputs(network.graph))
      types.insert(input.dtype);
  }
  std::string text;
  for (const DataType dtype : types) text += (text.empty() ? "" : " and ") + name_of(dtype);
  return text;
}

}  // namespace gcompress::execute

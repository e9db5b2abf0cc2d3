// Readers, names, leftovers.
#include "gcompress/core/graph/rewriting.h"

#include <algorithm>

namespace gcompress::graph {

ReaderCounts count_readers(const Graph& graph) {
  ReaderCounts readers;
  for_each_graph(graph, [&](const std::string&, const Graph& inner) {
    for (const Node& node : inner.nodes) {
      for (const std::string& input : node.inputs) readers.add(input);
    }
    for (const Value& output : inner.outputs) readers.add(output.name);
  });
  return readers;
}

NewNames::NewNames(const Graph& graph) {
  for_each_graph(graph, [this](const std::string&, const Graph& inner) {
    for (const Initializer& initializer : inner.initializers) taken_.insert(initializer.name);
    for (const SparseInitializer& sparse : inner.sparse_initializers) taken_.insert(sparse.name);
    for (const Value& input : inner.inputs) taken_.insert(input.name);
    for (const Node& node : inner.nodes) taken_.insert(node.outputs.begin(), node.outputs.end());
  });
}

std::string NewNames::take(std::string wanted) {
  while (!taken_.insert(wanted).second) wanted += "_";
  return wanted;
}

void drop_unread(Graph& graph, const std::set<std::string>& candidates) {
  const auto readers = count_readers(graph);
  const auto unread = [&](const auto& item) {
    return candidates.contains(item.name) && !readers.contains(item.name);
  };
  std::erase_if(graph.initializers, unread);
  std::erase_if(graph.inputs, unread);
  std::erase_if(graph.values, unread);
}

void set_opset(Network& network, std::int64_t version) {
  for (OpsetImport& import : network.opset_imports) {
    if (!import.domain.empty() && import.domain != "ai.onnx") continue;
    import.version = version;
    return;
  }
  network.opset_imports.push_back({.domain = {}, .version = version});
}

}  // namespace gcompress::graph

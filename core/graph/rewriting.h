// What graph rewrites share: who reads a value, new names, and dropping what nobody reads any more.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// How often each value is read, by nodes of this graph and of its subgraphs, or put out.
std::unordered_map<std::string, std::size_t> count_readers(const Graph& graph);

// Names that are taken in a graph and its subgraphs; new ones differ from all of them.
class NewNames {
 public:
  explicit NewNames(const Graph& graph);
  // The wanted name, with underscores behind it where it is taken; taken from then on.
  std::string take(std::string wanted);

 private:
  std::set<std::string> taken_;
};

// Drops initializers (and the inputs and values that declare them) among the candidates that nobody
// reads.
void drop_unread(Graph& graph, const std::set<std::string>& candidates);

// The network imports this version of ONNX's own operators.
void set_opset(Network& network, std::int64_t version);

}  // namespace gcompress::graph

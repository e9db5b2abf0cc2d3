// What graph rewrites share: who reads a value, new names, and dropping what nobody reads any more.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// How often each value is read. A value: copied with the counts.
class ReaderCounts {
 public:
  // 0 where nobody reads it, or there is no such value.
  std::size_t of(const std::string& value) const {
    const auto found = counts_.find(value);
    return found == counts_.end() ? 0 : found->second;
  }
  bool contains(const std::string& value) const { return counts_.contains(value); }
  void add(const std::string& value) { ++counts_[value]; }

 private:
  std::unordered_map<std::string, std::size_t> counts_;
};

// By nodes of this graph and of its subgraphs, or put out.
ReaderCounts count_readers(const Graph& graph);

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

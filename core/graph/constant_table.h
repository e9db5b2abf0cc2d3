// The constant tensors of one graph by value name: initializers and outputs of Constant nodes.
#pragma once

#include <string>
#include <unordered_map>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

class ConstantTable {
 public:
  explicit ConstantTable(const Graph& graph);

  // The tensor, or null where the value is not constant. Lives as long as the table.
  const Tensor* find(const std::string& name) const;

 private:
  std::unordered_map<std::string, Tensor> tensors_;
};

}  // namespace gcompress::graph

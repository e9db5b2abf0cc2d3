// What planning reads off the graph: names in scope, opset versions, model-local functions, stored
// tensors. Internal to core/train.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::train {

// The names that a graph, a branch or a function body sees, and the slots that hold them.
struct Scope {
  std::map<std::string, int> names = {};
  const Scope* outer = nullptr;
  std::string path = {};  // as graph::for_each_graph has it; weights are named by it
  const std::vector<graph::OpsetImport>* imports = nullptr;
  const std::map<std::string, graph::Attribute>* arguments = nullptr;  // of the function called
  int function_depth = 0;

  // Throws Error(kInput) naming the value if nothing produces it.
  int find(const std::string& name) const;
  // A branch or loop body in this scope.
  Scope inner(const graph::Node& node, const graph::Attribute& attribute) const;
};

// "ai.onnx" is the empty domain.
std::string plain_domain(const std::string& domain);
// Of the opset that is imported for the domain; 1 where none is.
std::int64_t version_of(const std::vector<graph::OpsetImport>& imports, const std::string& domain);

// The model-local function that the node calls; null if it is an operator.
const graph::Function* function_of(const graph::Network& network, const graph::Node& node);
// The node with references to the calling function's attributes replaced by their values.
graph::Node with_arguments(const graph::Node& written, const Scope& scope);
// What the function's attributes are in this call.
std::map<std::string, graph::Attribute> arguments_of(const graph::Function& function,
                                                     const graph::Node& call);

// Running statistics: the initializers that a BatchNormalization of the same graph names.
std::set<std::string> statistics_of(const graph::Graph& graph);
// True for a Constant node that holds a tensor.
bool is_stored_constant(const graph::Node& node);
torch::Tensor dense_of(const graph::SparseInitializer& sparse);

}  // namespace gcompress::train

// What planning reads off the graph.
#include "gcompress/core/train/plan_scope.h"

#include <algorithm>
#include <variant>

#include "gcompress/core/graph/topology.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {

int Scope::find(const std::string& name) const {
  for (const Scope* at = this; at != nullptr; at = at->outer) {
    const auto found = at->names.find(name);
    if (found != at->names.end()) return found->second;
  }
  throw_input("nothing produces this value", {.file = {}, .node = {}, .value = name});
}

Scope Scope::inner(const graph::Node& node, const graph::Attribute& attribute) const {
  return {.outer = this,
          .path = graph::subgraph_scope(path, node, attribute),
          .imports = imports,
          .arguments = arguments,
          .function_depth = function_depth};
}

std::string plain_domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

std::int64_t version_of(const std::vector<graph::OpsetImport>& imports, const std::string& domain) {
  for (const graph::OpsetImport& import : imports) {
    if (plain_domain(import.domain) == domain) return import.version;
  }
  return 1;
}

const graph::Function* function_of(const graph::Network& network, const graph::Node& node) {
  for (const graph::Function& function : network.functions) {
    if (function.name == node.op_type &&
        plain_domain(function.domain) == plain_domain(node.domain)) {
      return &function;
    }
  }
  return nullptr;
}

graph::Node with_arguments(const graph::Node& written, const Scope& scope) {
  if (scope.arguments == nullptr) return written;
  graph::Node node = written;
  std::erase_if(node.attributes, [&](graph::Attribute& attribute) {
    if (attribute.reference.empty()) return false;
    const auto found = scope.arguments->find(attribute.reference);
    if (found == scope.arguments->end()) return true;  // left out: the operator's default
    attribute.data = found->second.data;
    return false;
  });
  return node;
}

std::map<std::string, graph::Attribute> arguments_of(const graph::Function& function,
                                                     const graph::Node& call) {
  std::map<std::string, graph::Attribute> arguments;
  for (const graph::Attribute& attribute : function.attribute_defaults) {
    arguments[attribute.name] = attribute;
  }
  for (const graph::Attribute& attribute : call.attributes) arguments[attribute.name] = attribute;
  return arguments;
}

std::set<std::string> statistics_of(const graph::Graph& graph) {
  std::set<std::string> names;
  for (const graph::Node& node : graph.nodes) {
    if (node.op_type != "BatchNormalization" || !plain_domain(node.domain).empty()) continue;
    for (std::size_t input = 3; input < std::min<std::size_t>(node.inputs.size(), 5); ++input) {
      names.insert(node.inputs[input]);
    }
  }
  return names;
}

bool is_stored_constant(const graph::Node& node) {
  if (node.op_type != "Constant" || !plain_domain(node.domain).empty()) return false;
  const graph::Attribute* value = node.attribute("value");
  return value != nullptr && std::holds_alternative<Tensor>(value->data);
}

torch::Tensor dense_of(const graph::SparseInitializer& sparse) {
  const torch::Tensor values = to_torch(sparse.values);
  torch::Tensor indices = to_torch(sparse.indices).to(torch::kLong);
  torch::Tensor dense = torch::zeros({element_count(sparse.shape)}, values.options());
  if (indices.dim() == 2) {
    torch::Tensor flat = torch::zeros({indices.size(0)}, torch::kLong);
    for (std::size_t axis = 0; axis < sparse.shape.size(); ++axis) {
      flat = flat * sparse.shape[axis] + indices.select(1, static_cast<std::int64_t>(axis));
    }
    indices = flat;
  }
  dense.index_put_({indices}, values);
  return dense.reshape(sparse.shape);
}

}  // namespace gcompress::train

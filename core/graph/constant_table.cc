// Collects initializers and Constant nodes.
#include "gcompress/core/graph/constant_table.h"

namespace gcompress::graph {
namespace {

// The tensor a Constant node puts out; undefined for strings and sparse tensors.
Tensor constant_of(const Node& node) {
  for (const Attribute& attribute : node.attributes) {
    if (const auto* tensor = std::get_if<Tensor>(&attribute.data)) return *tensor;
    if (const auto* one = std::get_if<float>(&attribute.data)) return Tensor::scalar(*one);
    if (const auto* one = std::get_if<std::int64_t>(&attribute.data)) return Tensor::scalar(*one);
    if (const auto* many = std::get_if<std::vector<float>>(&attribute.data)) {
      return Tensor::from<float>({static_cast<std::int64_t>(many->size())}, *many);
    }
    if (const auto* many = std::get_if<std::vector<std::int64_t>>(&attribute.data)) {
      return Tensor::from<std::int64_t>({static_cast<std::int64_t>(many->size())}, *many);
    }
  }
  return {};
}

}  // namespace

ConstantTable::ConstantTable(const Graph& graph) {
  for (const Initializer& initializer : graph.initializers) {
    tensors_.emplace(initializer.name, initializer.value);
  }
  for (const Node& node : graph.nodes) {
    if (node.op_type != "Constant" || !node.domain.empty() || node.outputs.empty()) continue;
    if (Tensor value = constant_of(node); value.defined()) {
      tensors_.emplace(node.outputs.front(), std::move(value));
    }
  }
}

const Tensor* ConstantTable::find(const std::string& name) const {
  if (name.empty()) return nullptr;
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace gcompress::graph

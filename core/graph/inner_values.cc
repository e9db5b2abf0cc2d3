// The values inside a network that hold one row for each sample.
#include "gcompress/core/graph/inner_values.h"

#include <algorithm>
#include <map>
#include <set>

namespace gcompress::graph {
namespace {

bool has_row_a_sample(const InferredValue& value) {
  if (value.constant.defined() || !is_floating(value.dtype) || !value.shape) return false;
  return value.shape->size() >= 2 &&
         (!value.shape->front().known() || value.shape->front().size == 1);
}

bool is_product(const Node& node) {
  static const std::set<std::string> kProducts = {"Gemm", "MatMul", "Conv"};
  return node.domain.empty() && kProducts.contains(node.op_type);
}

}  // namespace

std::vector<InnerValue> inner_values(const Network& network, const InferredShapes& shapes) {
  std::vector<InnerValue> values;
  for (const Node& node : network.graph.nodes) {
    for (const std::string& output : node.outputs) {
      const auto found = shapes.find(output);
      if (output.empty() || found == shapes.end() || !has_row_a_sample(found->second)) continue;
      InnerValue value{.name = output, .op_type = node.op_type, .shape = {}};
      const auto& dimensions = *found->second.shape;
      for (std::size_t i = 1; i < dimensions.size(); ++i) {
        value.shape.push_back(dimensions[i].known() ? dimensions[i].size : -1);
      }
      values.push_back(std::move(value));
    }
  }
  return values;
}

std::string last_features(const Network& network, const std::string& output) {
  std::map<std::string, const Node*> producers;
  for (const Node& node : network.graph.nodes) {
    for (const std::string& made : node.outputs) producers[made] = &node;
  }
  std::set<std::string> seen;
  std::vector<std::string> open = {output};
  while (!open.empty()) {
    const std::string value = open.back();
    open.pop_back();
    const auto found = producers.find(value);
    if (found == producers.end() || !seen.insert(value).second) continue;
    if (is_product(*found->second)) return found->second->inputs.front();
    const auto& inputs = found->second->inputs;
    open.insert(open.end(), inputs.rbegin(), inputs.rend());
  }
  return "";
}

}  // namespace gcompress::graph

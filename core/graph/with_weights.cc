// Puts other values in the place of weights, copying only the graphs that hold them.
#include <algorithm>
#include <set>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {
namespace {

using Values = std::map<WeightId, Tensor>;

class Replacer {
 public:
  explicit Replacer(const Values& values) : values_(values) {}

  void replace_in(Graph& graph, const std::string& scope);
  // Throws if a value has found no place.
  void check_all_used() const;

 private:
  // The new value of that tensor, or null. Checks type and shape.
  const Tensor* find(const std::string& scope, const std::string& tensor, const Tensor& old);
  bool any_within(const std::string& scope) const;
  void replace_subgraph(GraphPtr& graph, const std::string& scope);
  void replace_constant(Node& node, const Tensor& value);

  const Values& values_;
  std::set<WeightId> used_;
};

const Tensor* Replacer::find(const std::string& scope, const std::string& tensor,
                             const Tensor& old) {
  const auto found = values_.find({.scope = scope, .tensor = tensor});
  if (found == values_.end()) return nullptr;
  used_.insert(found->first);
  const Tensor& value = found->second;
  if (value.dtype() != old.dtype() || value.shape() != old.shape()) {
    throw_usage("the new value of '" + to_string(found->first) + "' is " + name_of(value.dtype()) +
                    " " + gcompress::to_string(value.shape()) + ", but the network holds " +
                    name_of(old.dtype()) + " " + gcompress::to_string(old.shape()),
                "give a tensor of that type and shape");
  }
  return &value;
}

bool Replacer::any_within(const std::string& scope) const {
  const auto first = values_.lower_bound({.scope = scope, .tensor = {}});
  return first != values_.end() && first->first.scope.starts_with(scope);
}

void Replacer::replace_subgraph(GraphPtr& graph, const std::string& scope) {
  if (!any_within(scope)) return;
  auto copy = std::make_shared<Graph>(*graph);
  replace_in(*copy, scope);
  graph = std::move(copy);
}

// Keeps the kind of attribute that holds the constant.
void Replacer::replace_constant(Node& node, const Tensor& value) {
  for (Attribute& attribute : node.attributes) {
    if (auto* tensor = std::get_if<Tensor>(&attribute.data)) {
      *tensor = value;
    } else if (auto* number = std::get_if<float>(&attribute.data)) {
      *number = value.as<float>().front();
    } else if (auto* numbers = std::get_if<std::vector<float>>(&attribute.data)) {
      numbers->assign(value.as<float>().begin(), value.as<float>().end());
    } else if (auto* integer = std::get_if<std::int64_t>(&attribute.data)) {
      *integer = value.as<std::int64_t>().front();
    } else if (auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.data)) {
      integers->assign(value.as<std::int64_t>().begin(), value.as<std::int64_t>().end());
    } else {
      continue;
    }
    return;
  }
}

void Replacer::replace_in(Graph& graph, const std::string& scope) {
  for (Initializer& initializer : graph.initializers) {
    if (const Tensor* value = find(scope, initializer.name, initializer.value)) {
      initializer.value = *value;
    }
  }
  for (Node& node : graph.nodes) {
    if (node.op_type == "Constant" && node.domain.empty() && !node.outputs.empty()) {
      const Tensor old = constant_of(node);
      if (!old.defined()) continue;
      if (const Tensor* value = find(scope, node.outputs.front(), old)) {
        replace_constant(node, *value);
      }
      continue;
    }
    for (Attribute& attribute : node.attributes) {
      const std::string inner = subgraph_scope(scope, node, attribute);
      if (auto* one = std::get_if<GraphPtr>(&attribute.data)) {
        replace_subgraph(*one, inner);
      } else if (auto* many = std::get_if<std::vector<GraphPtr>>(&attribute.data)) {
        for (std::size_t i = 0; i < many->size(); ++i) {
          replace_subgraph((*many)[i], inner + std::to_string(i) + "/");
        }
      }
    }
  }
}

void Replacer::check_all_used() const {
  for (const auto& [id, value] : values_) {
    if (!used_.contains(id)) {
      throw_usage("the network has no weight '" + to_string(id) + "'",
                  "find_weights lists those it has");
    }
  }
}

}  // namespace

Network with_weights(const Network& network, const std::map<WeightId, Tensor>& values) {
  Network result = network;
  Replacer replacer(values);
  replacer.replace_in(result.graph, {});
  replacer.check_all_used();
  return result;
}

}  // namespace gcompress::graph

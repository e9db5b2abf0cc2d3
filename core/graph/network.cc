// The network as data: look-ups and short constructors.
#include "gcompress/core/graph/network.h"

#include <algorithm>
#include <set>

namespace gcompress::graph {
namespace {

template <typename T>
T attribute_or(const Node& node, const std::string& name, T fallback, const char* kind) {
  const Attribute* attribute = node.attribute(name);
  if (attribute == nullptr) return fallback;
  if (const T* value = std::get_if<T>(&attribute->data)) return *value;
  throw_input("the attribute '" + name + "' of " + node.op_type + " is not " + kind,
              {.file = {}, .node = node.name, .value = {}});
}

}  // namespace

const Attribute* Node::attribute(const std::string& attribute_name) const {
  for (const Attribute& candidate : attributes) {
    if (candidate.name == attribute_name) return &candidate;
  }
  return nullptr;
}

const Initializer* Graph::initializer(const std::string& tensor_name) const {
  for (const Initializer& candidate : initializers) {
    if (candidate.name == tensor_name) return &candidate;
  }
  return nullptr;
}

Initializer* Graph::initializer(const std::string& tensor_name) {
  return const_cast<Initializer*>(std::as_const(*this).initializer(tensor_name));
}

std::int64_t Network::opset() const {
  for (const OpsetImport& import : opset_imports) {
    if (import.domain.empty() || import.domain == "ai.onnx") return import.version;
  }
  return 0;
}

const std::string* Network::find_metadata(const std::string& key) const {
  for (const auto& [name, value] : metadata) {
    if (name == key) return &value;
  }
  return nullptr;
}

void Network::set_metadata(const std::string& key, const std::string& value) {
  for (auto& [name, old] : metadata) {
    if (name == key) {
      old = value;
      return;
    }
  }
  metadata.emplace_back(key, value);
}

std::vector<Value> runtime_inputs(const Graph& graph) {
  std::set<std::string> provided;
  for (const Initializer& initializer : graph.initializers) provided.insert(initializer.name);
  for (const SparseInitializer& sparse : graph.sparse_initializers) provided.insert(sparse.name);
  std::vector<Value> inputs;
  for (const Value& input : graph.inputs) {
    if (!provided.contains(input.name)) inputs.push_back(input);
  }
  return inputs;
}

std::int64_t attribute_int(const Node& node, const std::string& name, std::int64_t fallback) {
  return attribute_or<std::int64_t>(node, name, fallback, "an integer");
}

float attribute_float(const Node& node, const std::string& name, float fallback) {
  return attribute_or<float>(node, name, fallback, "a float");
}

std::string attribute_string(const Node& node, const std::string& name,
                             const std::string& fallback) {
  return attribute_or<std::string>(node, name, fallback, "a string");
}

std::vector<std::int64_t> attribute_ints(const Node& node, const std::string& name,
                                         std::vector<std::int64_t> fallback) {
  return attribute_or<std::vector<std::int64_t>>(node, name, std::move(fallback),
                                                 "a list of integers");
}

std::vector<float> attribute_floats(const Node& node, const std::string& name,
                                    std::vector<float> fallback) {
  return attribute_or<std::vector<float>>(node, name, std::move(fallback), "a list of floats");
}

Attribute make_attribute(std::string name, Attribute::Data data) {
  return {.name = std::move(name), .data = std::move(data), .opaque = {}};
}

Node make_node(std::string op_type, std::string name, std::vector<std::string> inputs,
               std::vector<std::string> outputs, std::vector<Attribute> attributes) {
  return {.name = std::move(name),
          .op_type = std::move(op_type),
          .domain = {},
          .inputs = std::move(inputs),
          .outputs = std::move(outputs),
          .attributes = std::move(attributes),
          .opaque = {}};
}

Value make_value(std::string name, DataType dtype, const Shape& shape) {
  std::vector<Dimension> dimensions;
  for (const std::int64_t size : shape) {
    dimensions.push_back(size < 0 ? Dimension{.size = -1, .symbol = "N"}
                                  : Dimension{.size = size, .symbol = {}});
  }
  return {.name = std::move(name), .dtype = dtype, .shape = std::move(dimensions), .opaque = {}};
}

std::string subgraph_scope(const std::string& outer, const Node& node, const Attribute& attribute) {
  const std::string& label =
      !node.name.empty() || node.outputs.empty() ? node.name : node.outputs.front();
  return outer + label + "." + attribute.name + "/";
}

}  // namespace gcompress::graph

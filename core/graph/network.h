// The network as data: nodes, values, weights, and everything of the file that we do not
// understand.
//
// A Network is a value: copying shares tensor bytes, so it is cheap beside the weights. What
// gcompress does not interpret (documentation, quantization annotations, device configurations,
// unknown fields) travels in the `opaque` members: serialized protobuf messages that core/onnx made
// and that it alone reads. An edit never needs to look at them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gcompress/core/base/tensor.h"

namespace gcompress::graph {

struct Graph;
using GraphPtr = std::shared_ptr<const Graph>;

// One dimension of a declared shape: a number, a symbol ("batch"), or neither (unknown).
struct Dimension {
  std::int64_t size = -1;  // -1: not a number
  std::string symbol;

  bool known() const { return size >= 0; }
  bool operator==(const Dimension&) const = default;
};

// A declared value: an input, an output, or an inner value whose shape the file states.
struct Value {
  std::string name;
  DataType dtype = DataType::kUndefined;        // kUndefined: not a plain tensor, see opaque
  std::optional<std::vector<Dimension>> shape;  // nullopt: rank unknown
  std::string opaque;
};

// An attribute. monostate: a kind we keep but do not interpret (types, sparse tensors), held in
// opaque; or a reference.
struct Attribute {
  using Data = std::variant<std::monostate, float, std::int64_t, std::string, Tensor, GraphPtr,
                            std::vector<float>, std::vector<std::int64_t>, std::vector<std::string>,
                            std::vector<Tensor>, std::vector<GraphPtr>>;
  std::string name;
  Data data;
  std::string opaque;
  // Within a function: the attribute of the call whose value this one takes. Read off opaque, which
  // is what gets written.
  std::string reference = {};
};

// An operator applied. An empty input name is an optional input left out.
struct Node {
  std::string name;
  std::string op_type;
  std::string domain;  // "" is ONNX's own ("ai.onnx" is read as "" and written as it was)
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes;
  std::string opaque;

  // The attribute of that name, or null.
  const Attribute* attribute(const std::string& attribute_name) const;
};

// How a tensor lay in its file; writing keeps it.
enum class Storage { kRaw, kTyped, kExternal };

struct Initializer {
  std::string name;
  Tensor value;
  Storage storage = Storage::kRaw;
  std::string opaque;
};

struct SparseInitializer {
  std::string name;  // of the values tensor, which names the initializer
  Tensor values;     // [nonzeros]
  Tensor indices;    // [nonzeros] or [nonzeros, rank], int64
  Shape shape;
  std::string opaque;
};

// A graph or subgraph. Nodes are in topological order (the reader checks).
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Initializer> initializers;
  std::vector<SparseInitializer> sparse_initializers;
  std::vector<Value> inputs;  // may include initializers (IR < 4)
  std::vector<Value> outputs;
  std::vector<Value> values;  // value_info
  std::string opaque;

  const Initializer* initializer(const std::string& tensor_name) const;  // or null; linear
  Initializer* initializer(const std::string& tensor_name);
};

struct OpsetImport {
  std::string domain;
  std::int64_t version = 0;
  bool operator==(const OpsetImport&) const = default;
};

// A model-local function: nodes called by (domain, name).
struct Function {
  std::string domain;
  std::string name;
  std::string overload;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> attribute_names;  // without defaults
  std::vector<Attribute> attribute_defaults;
  std::vector<Node> nodes;
  std::vector<OpsetImport> opset_imports;
  std::string opaque;
};

struct Network {
  std::int64_t ir_version = 0;
  std::vector<OpsetImport> opset_imports;
  std::string producer_name;
  std::string producer_version;
  std::vector<std::pair<std::string, std::string>> metadata;  // metadata_props, in file order
  Graph graph;
  std::vector<Function> functions;
  std::string opaque;
  std::filesystem::path
      source;  // the file it was read from, for messages; empty if built in memory

  // Version of ONNX's own operator set; 0 if the file imports none.
  std::int64_t opset() const;
  // The metadata value of that key, or null.
  const std::string* find_metadata(const std::string& key) const;
  void set_metadata(const std::string& key, const std::string& value);
};

// The inputs a caller must feed: graph inputs that no initializer provides.
std::vector<Value> runtime_inputs(const Graph& graph);

// Attribute values with ONNX's rule: absent means the default. A different kind throws
// Error(kInput) naming node and attribute.
std::int64_t attribute_int(const Node& node, const std::string& name, std::int64_t fallback);
float attribute_float(const Node& node, const std::string& name, float fallback);
std::string attribute_string(const Node& node, const std::string& name,
                             const std::string& fallback);
std::vector<std::int64_t> attribute_ints(const Node& node, const std::string& name,
                                         std::vector<std::int64_t> fallback);
std::vector<float> attribute_floats(const Node& node, const std::string& name,
                                    std::vector<float> fallback);

// Short constructors for code that builds networks.
Attribute make_attribute(std::string name, Attribute::Data data);
Node make_node(std::string op_type, std::string name, std::vector<std::string> inputs,
               std::vector<std::string> outputs, std::vector<Attribute> attributes = {});
// -1 in the shape, or any negative number, becomes the symbol "N".
Value make_value(std::string name, DataType dtype, const Shape& shape);

// Calls visit(scope, graph) for the main graph and every subgraph below it, outermost first.
// A scope names the path: "" for the main graph, "NODE.ATTRIBUTE/" appended for each level, NODE
// being the node's name or, if it has none, its first output.
template <typename Visit>
void for_each_graph(const Graph& graph, Visit&& visit, const std::string& scope = {});
// The scope of a subgraph held by `node` of a graph with scope `outer`.
std::string subgraph_scope(const std::string& outer, const Node& node, const Attribute& attribute);

template <typename Visit>
void for_each_graph(const Graph& graph, Visit&& visit, const std::string& scope) {
  visit(scope, graph);
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      const std::string inner = subgraph_scope(scope, node, attribute);
      if (const auto* one = std::get_if<GraphPtr>(&attribute.data)) {
        for_each_graph(**one, visit, inner);
      } else if (const auto* many = std::get_if<std::vector<GraphPtr>>(&attribute.data)) {
        for (std::size_t i = 0; i < many->size(); ++i) {
          for_each_graph(*(*many)[i], visit, inner + std::to_string(i) + "/");
        }
      }
    }
  }
}

}  // namespace gcompress::graph

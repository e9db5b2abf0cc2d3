// Rules for the operators whose form changed between opsets 7 and 13. All others of ONNX's own only
// came to take more types or more optional attributes.
#include "gcompress/core/graph/opset.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/operators/parameters.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::graph {
namespace {

constexpr std::int64_t kOldestOpset = 7;  // before, Add and others broadcast by attributes
constexpr std::int64_t kLeastIr = 7;      // since 4, initializers need not be inputs

// What a rule is given besides the node: where new nodes and constants go, and what is known.
class Workshop {
 public:
  Workshop(std::int64_t from, const InferredShapes& shapes, NewNames& names,
           std::map<std::string, std::set<std::string>>& refused)
      : from_(from), shapes_(shapes), names_(names), refused_(refused) {}

  std::int64_t from() const { return from_; }

  void emit(Node node) { nodes.push_back(std::move(node)); }
  // An initializer of the node's graph.
  std::string constant(const Node& node, const std::string& what, Tensor value) {
    std::string name = names_.take(label_of(node) + "." + what);
    initializers.push_back(
        {.name = name, .value = std::move(value), .storage = Storage::kRaw, .opaque = {}});
    return name;
  }
  std::string ints(const Node& node, const std::string& what, std::vector<std::int64_t> values) {
    const auto size = static_cast<std::int64_t>(values.size());
    return constant(node, what, Tensor::from<std::int64_t>({size}, std::move(values)));
  }
  std::string new_name(const std::string& wanted) { return names_.take(wanted); }
  void refuse(const Node& node, const std::string& why) { refused_[node.op_type].insert(why); }

  // Null if the shape is unknown.
  const std::vector<Dimension>* shape_of(const std::string& value) const {
    const auto found = shapes_.find(scope + value);
    return found == shapes_.end() || !found->second.shape ? nullptr : &*found->second.shape;
  }

  std::string scope;  // of the graph that is being raised
  std::vector<Node> nodes;
  std::vector<Initializer> initializers;

 private:
  std::int64_t from_;
  const InferredShapes& shapes_;
  NewNames& names_;
  std::map<std::string, std::set<std::string>>& refused_;
};

void drop_attributes(Node& node, std::initializer_list<const char*> names) {
  std::erase_if(node.attributes, [&](const Attribute& attribute) {
    return std::ranges::find(names, attribute.name) != names.end();
  });
}

// Moves a list of integers from an attribute to an input.
void list_to_input(Workshop& shop, Node&& node, const char* attribute, std::size_t input) {
  if (node.attribute(attribute) != nullptr) {
    node.inputs.resize(input);
    node.inputs.push_back(shop.ints(node, attribute, attribute_ints(node, attribute, {})));
    drop_attributes(node, {attribute});
  }
  shop.emit(std::move(node));
}

void raise_axes(Workshop& shop, Node&& node) { list_to_input(shop, std::move(node), "axes", 1); }
void raise_split(Workshop& shop, Node&& node) { list_to_input(shop, std::move(node), "split", 1); }

void raise_batch_norm(Workshop& shop, Node&& node) {
  if (attribute_int(node, "spatial", 1) == 0) shop.refuse(node, "spatial is 0");
  drop_attributes(node, {"spatial"});
  shop.emit(std::move(node));
}

void raise_clip(Workshop& shop, Node&& node) {
  node.inputs.resize(1);
  for (const char* bound : {"min", "max"}) {
    const bool given = node.attribute(bound) != nullptr;
    node.inputs.push_back(
        given ? shop.constant(node, bound, Tensor::scalar(attribute_float(node, bound, 0))) : "");
  }
  while (node.inputs.back().empty()) node.inputs.pop_back();
  drop_attributes(node, {"min", "max"});
  shop.emit(std::move(node));
}

void raise_dropout(Workshop& shop, Node&& node) {
  node.inputs.resize(1);
  if (node.attribute("ratio") != nullptr) {
    node.inputs.push_back(
        shop.constant(node, "ratio", Tensor::scalar(attribute_float(node, "ratio", 0.5F))));
  }
  drop_attributes(node, {"ratio"});
  shop.emit(std::move(node));
}

void raise_pad(Workshop& shop, Node&& node) {
  node.inputs.resize(1);
  node.inputs.push_back(shop.ints(node, "pads", attribute_ints(node, "pads", {})));
  const float value = attribute_float(node, "value", 0);
  if (value != 0) node.inputs.push_back(shop.constant(node, "value", Tensor::scalar(value)));
  drop_attributes(node, {"pads", "value"});
  shop.emit(std::move(node));
}

void raise_slice(Workshop& shop, Node&& node) {
  const std::vector<std::int64_t> starts = attribute_ints(node, "starts", {});
  const std::vector<std::int64_t> ends = attribute_ints(node, "ends", {});
  node.inputs.resize(1);
  node.inputs.push_back(shop.ints(node, "starts", starts));
  node.inputs.push_back(shop.ints(node, "ends", ends));
  if (node.attribute("axes") != nullptr) {
    node.inputs.push_back(shop.ints(node, "axes", attribute_ints(node, "axes", {})));
  }
  drop_attributes(node, {"starts", "ends", "axes"});
  shop.emit(std::move(node));
}

void raise_top_k(Workshop& shop, Node&& node) {
  node.inputs.resize(1);
  node.inputs.push_back(shop.ints(node, "k", {attribute_int(node, "k", 1)}));
  drop_attributes(node, {"k"});
  shop.emit(std::move(node));
}

void rename_scatter(Workshop& shop, Node&& node) {
  node.op_type = "ScatterElements";
  shop.emit(std::move(node));
}

// Resize of opset 10 and Upsample: the coordinates that they had are an attribute since.
void raise_resize(Workshop& shop, Node&& node) {
  std::string scales;
  if (node.op_type == "Upsample" && shop.from() < 9) {
    std::vector<float> values = attribute_floats(node, "scales", {});
    const auto size = static_cast<std::int64_t>(values.size());
    scales = shop.constant(node, "scales", Tensor::from<float>({size}, std::move(values)));
  } else if (has_input(node, 1)) {
    scales = node.inputs[1];
  }
  if (attribute_string(node, "mode", "nearest") == "bilinear") {
    drop_attributes(node, {"mode"});
    node.attributes.push_back(make_attribute("mode", std::string("linear")));
  }
  node.op_type = "Resize";
  node.inputs.resize(1);
  node.inputs.insert(node.inputs.end(), {"", scales});
  drop_attributes(node, {"scales"});
  node.attributes.push_back(
      make_attribute("coordinate_transformation_mode", std::string("asymmetric")));
  node.attributes.push_back(make_attribute("nearest_mode", std::string("floor")));
  shop.emit(std::move(node));
}

// True if the axes behind `axis` have one element each, so that flattening them changes nothing.
bool is_last_of_length(const std::vector<Dimension>& shape, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t first = axis < 0 ? axis + rank : axis;
  if (first < 0 || first >= rank) return false;
  return std::all_of(shape.begin() + first + 1, shape.end(),
                     [](const Dimension& dimension) { return dimension.size == 1; });
}

// Before, all axes from `axis` on were one. Where that matters, they are made one and parted again.
void raise_softmax(Workshop& shop, Node&& node) {
  const std::int64_t axis = softmax_attributes(node, shop.from()).axis;
  const auto* shape = shop.shape_of(node.inputs.at(0));
  drop_attributes(node, {"axis"});
  if (axis == -1 || (shape != nullptr && is_last_of_length(*shape, axis))) {
    node.attributes.push_back(make_attribute("axis", axis));
    return shop.emit(std::move(node));
  }
  const std::string label = label_of(node);
  const std::string input = node.inputs[0];
  const std::string output = node.outputs.at(0);
  const std::string shape_name = shop.new_name(label + ".shape");
  const std::string flat = shop.new_name(label + ".flat");
  const std::string result = shop.new_name(label + ".flat_result");
  shop.emit(make_node("Shape", shape_name, {input}, {shape_name}));
  shop.emit(make_node("Flatten", flat, {input}, {flat}, {make_attribute("axis", axis)}));
  node.inputs = {flat};
  node.outputs = {result};
  node.attributes.push_back(make_attribute("axis", std::int64_t{-1}));
  shop.emit(std::move(node));
  shop.emit(make_node("Reshape", result, {result, shape_name}, {output}));
}

void refuse_scan(Workshop& shop, Node&& node) {
  shop.refuse(node, "its form before opset 9 has a batch axis");
}

struct RuleRow {
  const char* op_type;
  std::int64_t changed;  // the last opset that changed its form
  void (*raise)(Workshop& shop, Node&& node);
};

constexpr std::array kRules = std::to_array<RuleRow>({
    {"BatchNormalization", 9, raise_batch_norm},
    {"Clip", 11, raise_clip},
    {"Dropout", 12, raise_dropout},
    {"Hardmax", 13, raise_softmax},
    {"LogSoftmax", 13, raise_softmax},
    {"Pad", 11, raise_pad},
    {"ReduceSum", 13, raise_axes},
    {"Resize", 11, raise_resize},
    {"Scan", 9, refuse_scan},
    {"Scatter", 11, rename_scatter},
    {"Slice", 10, raise_slice},
    {"Softmax", 13, raise_softmax},
    {"Split", 13, raise_split},
    {"Squeeze", 13, raise_axes},
    {"TopK", 10, raise_top_k},
    {"Unsqueeze", 13, raise_axes},
    {"Upsample", 10, raise_resize},
});

Graph raised(const Graph& graph, const std::string& scope, Workshop& shop);

void raise_subgraphs(Node& node, const std::string& scope, Workshop& shop) {
  const Node original = node;
  for (Attribute& attribute : node.attributes) {
    const std::string inner = subgraph_scope(scope, original, attribute);
    if (auto* one = std::get_if<GraphPtr>(&attribute.data)) {
      *one = std::make_shared<const Graph>(raised(**one, inner, shop));
    } else if (auto* many = std::get_if<std::vector<GraphPtr>>(&attribute.data)) {
      for (std::size_t i = 0; i < many->size(); ++i) {
        GraphPtr& each = (*many)[i];
        each = std::make_shared<const Graph>(raised(*each, inner + std::to_string(i) + "/", shop));
      }
    }
  }
}

Graph raised(const Graph& graph, const std::string& scope, Workshop& shop) {
  std::vector<Node> outer_nodes;
  std::vector<Initializer> outer_initializers;
  std::swap(outer_nodes, shop.nodes);
  std::swap(outer_initializers, shop.initializers);
  for (Node node : graph.nodes) {
    raise_subgraphs(node, scope, shop);
    shop.scope = scope;
    const auto row = std::ranges::find_if(kRules, [&](const RuleRow& candidate) {
      return node.domain.empty() && node.op_type == candidate.op_type &&
             shop.from() < candidate.changed;
    });
    if (row == kRules.end()) {
      shop.emit(std::move(node));
    } else {
      row->raise(shop, std::move(node));
    }
  }
  Graph result = graph;
  result.nodes = std::move(shop.nodes);
  result.initializers.insert(result.initializers.end(), shop.initializers.begin(),
                             shop.initializers.end());
  shop.nodes = std::move(outer_nodes);
  shop.initializers = std::move(outer_initializers);
  return result;
}

std::string listed(const std::map<std::string, std::set<std::string>>& refused) {
  std::string text;
  for (const auto& [op_type, reasons] : refused) {
    text += (text.empty() ? "" : "; ") + op_type;
    if (!reasons.begin()->empty()) text += " (" + *reasons.begin() + ")";
  }
  return text;
}

[[noreturn]] void refuse_all(const std::map<std::string, std::set<std::string>>& refused,
                             std::int64_t from) {
  throw Error(ErrorKind::kUnsupported,
              "cannot be raised from opset " + std::to_string(from) + " to " +
                  std::to_string(kQuantizingOpset) + ": " + listed(refused),
              {}, "export the network with opset 13 or newer");
}

}  // namespace

Network raise_to_quantizing_opset(const Network& network) {
  const std::int64_t from = network.opset();
  if (from >= kQuantizingOpset) return network;
  std::map<std::string, std::set<std::string>> refused;
  if (from < kOldestOpset) {
    for_each_graph(network.graph, [&](const std::string&, const Graph& graph) {
      for (const Node& node : graph.nodes) {
        if (node.domain.empty()) refused[node.op_type].insert("");
      }
    });
    refuse_all(refused, from);
  }
  NewNames names(network.graph);
  const InferredShapes shapes = infer_shapes(network);
  Workshop shop(from, shapes, names, refused);
  Network result = network;
  result.graph = raised(network.graph, {}, shop);
  if (!refused.empty()) refuse_all(refused, from);
  result.ir_version = std::max(result.ir_version, kLeastIr);
  set_opset(result, kQuantizingOpset);
  return result;
}

}  // namespace gcompress::graph

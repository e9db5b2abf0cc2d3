// Shape inference: walks the graph in order and asks each operator's rule (shape_rules/).
#include "gcompress/core/graph/shapes.h"

#include <algorithm>
#include <set>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/shape_rules/fold.h"
#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

// The values of one graph; names not found there are looked for in the outer graphs.
struct Frame {
  std::map<std::string, KnownValue> values;
  const Frame* outer = nullptr;

  const KnownValue* find(const std::string& name) const {
    for (const Frame* frame = this; frame != nullptr; frame = frame->outer) {
      const auto found = frame->values.find(name);
      if (found != frame->values.end()) return &found->second;
    }
    return nullptr;
  }
};

class ShapeInference {
 public:
  ShapeInference(const Network& network, const std::map<std::string, Shape>& inputs)
      : network_(network), opset_(network.opset()) {
    check_inputs(inputs);
    Frame frame;
    for (const Value& input : network.graph.inputs) {
      frame.values[input.name] = known_input(input, inputs);
    }
    infer_graph(network.graph, {}, frame);
  }

  InferredShapes take() { return std::move(result_); }

 private:
  void check_inputs(const std::map<std::string, Shape>& inputs) const;
  KnownValue known_input(const Value& input, const std::map<std::string, Shape>& inputs);
  void infer_graph(const Graph& graph, const std::string& scope, Frame& frame);
  void infer_node(const Node& node, const std::string& scope, Frame& frame);
  void infer_if(const Node& node, const std::string& scope, Frame& frame,
                std::vector<KnownValue>& outputs);
  void infer_inner_graphs(const Node& node, const std::string& scope, const Frame& frame);
  // Adds what the file states of a value to what was inferred.
  void add_stated(const std::map<std::string, const Value*>& stated, const std::string& name,
                  const Node& node, KnownValue& value) const;
  Dimension bound(const Dimension& dimension) const;
  void record(const std::string& scope, const Frame& frame);

  const Network& network_;
  std::int64_t opset_;
  std::map<std::string, std::int64_t> symbols_;  // sizes that the given input shapes stand for
  bool overridden_ =
      false;  // a size that the file states was replaced: what it states may be stale
  InferredShapes result_;
};

void ShapeInference::check_inputs(const std::map<std::string, Shape>& inputs) const {
  for (const auto& [name, shape] : inputs) {
    const auto& declared = network_.graph.inputs;
    if (std::none_of(declared.begin(), declared.end(),
                     [&, wanted = name](const Value& input) { return input.name == wanted; })) {
      std::string names;
      for (const Value& input : runtime_inputs(network_.graph)) names += " " + input.name;
      throw_usage("the network has no input '" + name + "'", "its inputs are:" + names);
    }
    for (const std::int64_t size : shape) {
      if (size < 0 || size > kLargestDimension) {
        throw_usage("the shape " + gcompress::to_string(shape) + " given for input '" + name +
                    "' is impossible");
      }
    }
  }
}

KnownValue ShapeInference::known_input(const Value& input,
                                       const std::map<std::string, Shape>& inputs) {
  KnownValue value{.dtype = input.dtype, .shape = input.shape, .small = {}};
  if (value.shape) {
    for (const Dimension& dimension : *value.shape) {
      if (dimension.size <= kLargestDimension) continue;
      throw_input("the shape " + to_string(*value.shape) + " is impossibly large",
                  {.file = {}, .node = {}, .value = input.name});
    }
  }
  const auto given = inputs.find(input.name);
  if (given == inputs.end()) return value;
  const Shape& shape = given->second;
  const bool same_rank = value.shape && value.shape->size() == shape.size();
  overridden_ = overridden_ || !same_rank;
  for (std::size_t i = 0; same_rank && i < shape.size(); ++i) {
    const Dimension& declared = (*value.shape)[i];
    if (!declared.symbol.empty()) symbols_.emplace(declared.symbol, shape[i]);
    if (declared.known() && declared.size != shape[i]) overridden_ = true;
  }
  value.shape = known_dimensions(shape);
  return value;
}

// A symbol replaced by the size that a given input shape stands for.
Dimension ShapeInference::bound(const Dimension& dimension) const {
  const auto found = symbols_.find(dimension.symbol);
  return dimension.known() || found == symbols_.end() ? dimension : known_dimension(found->second);
}

void ShapeInference::add_stated(const std::map<std::string, const Value*>& stated,
                                const std::string& name, const Node& node,
                                KnownValue& value) const {
  const auto found = stated.find(name);
  if (found == stated.end() || found->second->dtype == DataType::kUndefined) return;
  const Value& declared = *found->second;
  if (value.dtype == DataType::kUndefined) value.dtype = declared.dtype;
  if (!declared.shape || overridden_) return;
  Dimensions shape;
  for (const Dimension& dimension : *declared.shape) {
    if (dimension.size > kLargestDimension) return;
    shape.push_back(bound(dimension));
  }
  if (!value.shape) {
    value.shape = std::move(shape);
    return;
  }
  bool fits = shape.size() == value.shape->size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    const auto both = merged((*value.shape)[i], shape[i]);
    fits = both.has_value();
    if (fits) (*value.shape)[i] = *both;
  }
  // Sizes given from outside may not fit those stated in the file: theirs are right then.
  if (!fits && symbols_.empty()) {
    throw_input("the file states the shape " + to_string(shape) + " but the operator gives " +
                    to_string(*value.shape),
                place_of(node, name));
  }
}

void ShapeInference::infer_graph(const Graph& graph, const std::string& scope, Frame& frame) {
  for (const Initializer& initializer : graph.initializers) {
    frame.values[initializer.name] = {.dtype = initializer.value.dtype(),
                                      .shape = known_dimensions(initializer.value.shape()),
                                      .small = small_value_of(initializer.value)};
  }
  for (const SparseInitializer& sparse : graph.sparse_initializers) {
    frame.values[sparse.name] = {
        .dtype = sparse.values.dtype(), .shape = known_dimensions(sparse.shape), .small = {}};
  }
  std::map<std::string, const Value*> stated;
  for (const Value& value : graph.values) stated[value.name] = &value;
  for (const Value& value : graph.outputs) stated[value.name] = &value;
  for (const Node& node : graph.nodes) {
    infer_node(node, scope, frame);
    for (const std::string& output : node.outputs) {
      if (!output.empty()) add_stated(stated, output, node, frame.values[output]);
    }
  }
  record(scope, frame);
}

void ShapeInference::infer_node(const Node& node, const std::string& scope, Frame& frame) {
  // Tensors made for the look-up live as long as the node is looked at.
  std::map<std::string, Tensor> made;
  const ConstantLookup constant = [&](const std::string& name) -> const Tensor* {
    const KnownValue* known = frame.find(name);
    if (known == nullptr || !known->small) return nullptr;
    const Tensor& tensor = made.emplace(name, tensor_of(*known->small)).first->second;
    return tensor.defined() ? &tensor : nullptr;
  };
  std::vector<const KnownValue*> inputs;
  for (const std::string& input : node.inputs) {
    inputs.push_back(input.empty() ? nullptr : frame.find(input));
  }
  RuleContext context(node, opset_, std::move(inputs), constant);
  try {
    if (node.op_type == "Constant" && node.domain.empty()) {
      if (const Tensor tensor = constant_of(node); tensor.defined()) {
        context.set(0, tensor.dtype(), known_dimensions(tensor.shape()));
        if (!context.outputs().empty()) context.outputs()[0].small = small_value_of(tensor);
      }
    } else if (node.op_type == "If" && node.domain.empty()) {
      infer_if(node, scope, frame, context.outputs());
    } else if (const ShapeRule rule = find_shape_rule(node)) {
      rule(context);
      for (std::size_t i = 0; i < context.outputs().size(); ++i) {
        context.outputs()[i].small = fold(context, i);
      }
    } else {
      infer_inner_graphs(node, scope, frame);
    }
  } catch (const Error& error) {
    if (!error.place().node.empty() || error.kind() != ErrorKind::kInput) throw;
    throw Error(error.kind(), error.message(), place_of(node), error.remedy());
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (!node.outputs[i].empty()) frame.values[node.outputs[i]] = std::move(context.outputs()[i]);
  }
}

// What two values have in common.
KnownValue common(const KnownValue& a, const KnownValue& b) {
  KnownValue both;
  if (a.dtype == b.dtype) both.dtype = a.dtype;
  if (!a.shape || !b.shape || a.shape->size() != b.shape->size()) return both;
  both.shape.emplace();
  for (std::size_t i = 0; i < a.shape->size(); ++i) {
    both.shape->push_back((*a.shape)[i] == (*b.shape)[i] ? (*a.shape)[i] : Dimension{});
  }
  return both;
}

// A condition that is known takes its branch; otherwise outputs have what both branches agree on.
void ShapeInference::infer_if(const Node& node, const std::string& scope, Frame& frame,
                              std::vector<KnownValue>& outputs) {
  std::optional<bool> taken;
  const KnownValue* condition = node.inputs.empty() ? nullptr : frame.find(node.inputs[0]);
  if (condition != nullptr && condition->small && condition->small->elements.size() == 1 &&
      condition->small->elements[0].known) {
    taken = condition->small->elements[0].integer != 0;
  }
  // A branch that contradicts itself cannot be meant for these inputs: the other is taken then.
  std::optional<Error> contradiction;
  bool first = true;
  for (const bool branch : {true, false}) {
    const Attribute* attribute = node.attribute(branch ? "then_branch" : "else_branch");
    const auto* graph = attribute == nullptr ? nullptr : std::get_if<GraphPtr>(&attribute->data);
    if (graph == nullptr || (taken && *taken != branch)) continue;
    Frame inner{.values = {}, .outer = &frame};
    try {
      infer_graph(**graph, subgraph_scope(scope, node, *attribute), inner);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      contradiction = error;
      continue;
    }
    for (std::size_t i = 0; i < outputs.size() && i < (*graph)->outputs.size(); ++i) {
      const KnownValue* value = inner.find((*graph)->outputs[i].name);
      const KnownValue found = value == nullptr ? KnownValue{} : *value;
      outputs[i] = first ? found : common(outputs[i], found);
    }
    first = false;
  }
  if (first && contradiction) throw Error(*contradiction);
}

// Bodies of Loop and Scan: their inputs are as the body states them, without the sizes.
void ShapeInference::infer_inner_graphs(const Node& node, const std::string& scope,
                                        const Frame& frame) {
  for (const Attribute& attribute : node.attributes) {
    const auto* graph = std::get_if<GraphPtr>(&attribute.data);
    if (graph == nullptr) continue;
    Frame inner{.values = {}, .outer = &frame};
    for (const Value& input : (*graph)->inputs) {
      inner.values[input.name] = {.dtype = input.dtype, .shape = {}, .small = {}};
    }
    infer_graph(**graph, subgraph_scope(scope, node, attribute), inner);
  }
}

void ShapeInference::record(const std::string& scope, const Frame& frame) {
  for (const auto& [name, value] : frame.values) {
    InferredValue& inferred = result_[scope + name];
    inferred.dtype = value.dtype;
    inferred.shape = value.shape;
    if (value.small) inferred.constant = tensor_of(*value.small);
  }
}

}  // namespace

InferredShapes infer_shapes(const Network& network, const std::map<std::string, Shape>& inputs) {
  return ShapeInference(network, inputs).take();
}

std::map<std::string, Shape> concrete_input_shapes(const Network& network, std::int64_t batch,
                                                   std::int64_t fallback) {
  std::map<std::string, Shape> shapes;
  std::map<std::string, std::int64_t> symbols;  // a symbol has one size everywhere
  for (const Value& input : runtime_inputs(network.graph)) {
    if (!input.shape) {
      throw_usage("the shape of input '" + input.name + "' is not stated in the file",
                  "give it explicitly");
    }
    Shape& shape = shapes[input.name];
    for (const Dimension& dimension : *input.shape) {
      const std::int64_t size = shape.empty() ? batch : fallback;
      if (dimension.known()) {
        shape.push_back(dimension.size);
      } else if (dimension.symbol.empty()) {
        shape.push_back(size);
      } else {
        shape.push_back(symbols.emplace(dimension.symbol, size).first->second);
      }
    }
  }
  return shapes;
}

std::optional<Shape> known_shape(const InferredShapes& shapes, const std::string& value) {
  const auto found = shapes.find(value);
  if (found == shapes.end() || !found->second.shape) return std::nullopt;
  return known_shape(*found->second.shape);
}

}  // namespace gcompress::graph

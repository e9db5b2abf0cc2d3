// Finding and writing quantize/dequantize patterns.
#include "gcompress/core/graph/qdq/pattern.h"

#include <algorithm>
#include <array>

#include "gcompress/core/graph/opset.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::graph {
namespace {

constexpr std::array kIntegerOperators = std::to_array<const char*>({
    "QuantizeLinear",
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "ConvInteger",
    "MatMulInteger",
    "MatMulIntegerToFloat",
    "DynamicQuantizeMatMul",
    "DynamicQuantizeLSTM",
    "MatMulNBits",
    "QAttention",
    "QGemm",
});

bool is_integer_operator(const std::string& op_type) {
  return op_type.starts_with("QLinear") ||
         std::ranges::find(kIntegerOperators, op_type) != kIntegerOperators.end();
}

// A scalar where there is one scale, else one a channel.
Tensor scale_tensor(const std::vector<float>& scales, int axis) {
  if (axis < 0) return Tensor::scalar(scales.front());
  return Tensor::from<float>({static_cast<std::int64_t>(scales.size())}, scales);
}

}  // namespace

bool is_quantized(const Network& network) {
  bool found = false;
  for_each_graph(network.graph, [&found](const std::string&, const Graph& graph) {
    found = found || std::ranges::any_of(graph.nodes, [](const Node& node) {
              return is_integer_operator(node.op_type);
            });
  });
  return found;
}

QdqWriter::QdqWriter(const Network& network)
    : network_(network), names_(network.graph), result_(network) {
  GCOMPRESS_CHECK(network.opset() >= kQuantizingOpset);
}

void QdqWriter::quantize_value(const std::string& value,
                               const ActivationQuantization& quantization) {
  pairs_[value] = quantization;
}

std::string QdqWriter::add(const std::string& wanted, Tensor tensor) {
  const std::string name = names_.take(wanted);
  result_.graph.initializers.push_back(
      {.name = name, .value = std::move(tensor), .storage = Storage::kRaw, .opaque = {}});
  return name;
}

QdqWriter::Stored QdqWriter::store(const std::string& constant, const Tensor& values,
                                   const std::vector<float>& scales, int axis) {
  const Tensor scale = scale_tensor(scales, axis);
  std::vector<Stored>& present = stored_[constant];
  for (const Stored& candidate : present) {
    const bool same = identical(result_.graph.initializer(candidate.values)->value, values) &&
                      identical(result_.graph.initializer(candidate.scales)->value, scale);
    if (same) return candidate;
  }
  Stored stored;
  stored.values = add(constant + ".quantized", values);
  stored.scales = add(constant + ".scale", scale);
  stored.zero_points = add(constant + ".zero_point", Tensor::zeros(values.dtype(), scale.shape()));
  replaced_.insert(constant);
  present.push_back(stored);
  return stored;
}

void QdqWriter::dequantize_at(std::size_t node, std::size_t input, const Stored& stored, int axis) {
  Node& user = result_.graph.nodes[node];
  const std::string name = names_.take(user.inputs[input] + ".dequantized");
  std::vector<Attribute> attributes;
  if (axis >= 0) attributes.push_back(make_attribute("axis", std::int64_t{axis}));
  before_[node].push_back(make_node("DequantizeLinear", name,
                                    {stored.values, stored.scales, stored.zero_points}, {name},
                                    std::move(attributes)));
  user.inputs[input] = name;
}

void QdqWriter::quantize_weight(std::size_t node, std::size_t input, const QuantizedWeight& weight,
                                int axis) {
  const std::string constant = network_.graph.nodes[node].inputs[input];
  dequantize_at(node, input, store(constant, weight.values, weight.scales, axis), axis);
}

void QdqWriter::round_weight(std::size_t node, std::size_t input, const std::vector<float>& scales,
                             int axis) {
  Node& user = result_.graph.nodes[node];
  const std::string constant = user.inputs[input];
  const Tensor scale = scale_tensor(scales, axis);
  const std::string scale_name = add(constant + ".scale", scale);
  const std::string zero_name =
      add(constant + ".zero_point", Tensor::zeros(DataType::kInt8, scale.shape()));
  const std::string integers = names_.take(constant + ".rounded");
  const std::string name = names_.take(constant + ".dequantized");
  std::vector<Attribute> attributes;
  if (axis >= 0) attributes.push_back(make_attribute("axis", std::int64_t{axis}));
  before_[node].push_back(make_node("QuantizeLinear", integers, {constant, scale_name, zero_name},
                                    {integers}, attributes));
  before_[node].push_back(make_node("DequantizeLinear", name, {integers, scale_name, zero_name},
                                    {name}, std::move(attributes)));
  user.inputs[input] = name;
}

void QdqWriter::quantize_bias(std::size_t node, std::size_t input, const Tensor& values,
                              std::vector<float> scales) {
  const int axis = scales.size() == 1 ? -1 : 0;
  const std::string constant = network_.graph.nodes[node].inputs[input];
  dequantize_at(node, input, store(constant, values, scales, axis), axis);
}

Network QdqWriter::finish() {
  Graph& graph = result_.graph;
  std::map<std::string, std::string> renamed;  // what nodes of the main graph read instead
  std::vector<Node> nodes;
  const auto add_pair = [&](const std::string& from, const std::string& value,
                            const std::string& to) {
    const ActivationQuantization& quantization = pairs_.at(value);
    const std::string scale = add(value + ".scale", Tensor::scalar(quantization.scale));
    const bool symmetric = quantization.type == ActivationType::kInt8Symmetric;
    const std::string zero =
        add(value + ".zero_point",
            symmetric ? Tensor::scalar(std::int8_t{0}) : Tensor::scalar(quantization.zero_point));
    const std::string integers = names_.take(value + ".quantized");
    nodes.push_back(make_node("QuantizeLinear", names_.take(value + ".quantize"),
                              {from, scale, zero}, {integers}));
    nodes.push_back(make_node("DequantizeLinear", names_.take(value + ".dequantize"),
                              {integers, scale, zero}, {to}));
  };
  for (const Value& input : runtime_inputs(graph)) {
    if (!pairs_.contains(input.name)) continue;
    const std::string read = names_.take(input.name + ".dequantized");
    add_pair(input.name, input.name, read);
    renamed[input.name] = read;
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (Node& node : before_[i]) nodes.push_back(std::move(node));
    Node node = std::move(graph.nodes[i]);
    for (std::string& input : node.inputs) {
      if (const auto found = renamed.find(input); found != renamed.end()) input = found->second;
    }
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::string& output : node.outputs) {
      if (!pairs_.contains(output)) continue;
      pairs.emplace_back(names_.take(output + ".exact"), output);
      output = pairs.back().first;
    }
    nodes.push_back(std::move(node));
    for (const auto& [exact, value] : pairs) add_pair(exact, value, value);
  }
  graph.nodes = std::move(nodes);
  const auto readers = count_readers(graph);
  std::erase_if(graph.nodes, [&](const Node& node) {
    return node.op_type == "Constant" && node.domain.empty() && node.outputs.size() == 1 &&
           replaced_.contains(node.outputs[0]) && !readers.contains(node.outputs[0]);
  });
  drop_unread(graph, replaced_);
  return std::move(result_);
}

}  // namespace gcompress::graph

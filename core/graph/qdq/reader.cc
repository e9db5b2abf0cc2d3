// Finding operators between dequantized inputs and quantized outputs.
#include "gcompress/core/graph/qdq/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::graph {
namespace {

// An operator whose result is a number still: rounding may follow, and limits on the way there.
struct Pending {
  CodeStep step;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

class Reader {
 public:
  explicit Reader(const Network& network)
      : network_(network), scope_(network.graph, {}), readers_(count_readers(network.graph)) {
    for (const Value& input : runtime_inputs(network.graph)) inputs_.insert(input.name);
  }

  CodeNetwork read() {
    const std::vector<Node>& nodes = network_.graph.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].op_type == "Constant" || nodes[i].outputs.empty()) continue;
      const std::string why = read_node(nodes[i], i);
      if (!why.empty()) result_.others.push_back(label_of(nodes[i]) + ": " + why);
    }
    for (const Value& output : network_.graph.outputs) finish(output.name);
    return std::move(result_);
  }

 private:
  // Each of these returns why the node is none, or nothing.
  std::string read_node(const Node& node, std::size_t index) {
    if (!node.domain.empty()) return "an operator of another domain";
    if (node.op_type == "DequantizeLinear") return dequantize(node);
    if (node.op_type == "QuantizeLinear") return quantize(node, index);
    if (node.op_type == "Relu" || node.op_type == "Clip") return limit(node);
    return take_operator(node, index);
  }

  std::optional<CodeType> code_type(const Node& node) const {
    if (node.inputs.size() < 3) return std::nullopt;
    const Tensor scale = scope_.constant(node.inputs[1]);
    const Tensor zero = scope_.constant(node.inputs[2]);
    const bool plain = scale.dtype() == DataType::kFloat32 && scale.size() == 1 &&
                       zero.dtype() == DataType::kUint8 && zero.size() == 1;
    if (!plain) return std::nullopt;
    const CodeType type{.scale = scale.as<float>()[0], .zero_point = zero.as<std::uint8_t>()[0]};
    const bool sound = std::isfinite(type.scale) && type.scale > 0;
    return sound ? std::optional(type) : std::nullopt;
  }

  std::string dequantize(const Node& node) {
    const Tensor stored = scope_.constant(node.inputs[0]);
    if (stored.defined()) return dequantize_stored(node, stored);
    const auto codes = result_.codes.find(node.inputs[0]);
    if (codes == result_.codes.end()) return "codes that nothing here gives";
    if (code_type(node) != codes->second) return "another scale than the codes were given";
    numbers_[node.outputs[0]] = node.inputs[0];
    last_[node.outputs[0]] = static_cast<std::size_t>(&node - network_.graph.nodes.data());
    return {};
  }

  std::string dequantize_stored(const Node& node, const Tensor& stored) {
    const Tensor scale = scope_.constant(node.inputs[1]);
    if (scale.dtype() != DataType::kFloat32) return "a scale that is no float32 constant";
    if (has_input(node, 2)) {
      const Tensor zero = scope_.constant(node.inputs[2]);
      if (!zero.defined()) return "a zero point that is not constant";
      const std::vector<std::int64_t> zeros = to_int64(zero);
      if (std::ranges::any_of(zeros, [](std::int64_t z) { return z != 0; })) {
        return "a weight that is not symmetric about 0";
      }
    }
    if (stored.dtype() != DataType::kInt8 && stored.dtype() != DataType::kInt32) {
      return "constants of type " + name_of(stored.dtype());
    }
    StoredIntegers integers{.values = stored, .scales = to_float32(scale)};
    if (scale.size() > 1) {
      integers.axis = normalized_axis(node, attribute_int(node, "axis", 1), stored.rank());
      if (scale.size() != stored.shape()[static_cast<std::size_t>(integers.axis)]) {
        return "scales by blocks";
      }
    }
    stored_[node.outputs[0]] = std::move(integers);
    return {};
  }

  std::string quantize(const Node& node, std::size_t index) {
    const std::optional<CodeType> type = code_type(node);
    if (!type) return "other codes than uint8 of one scale";
    const std::string& from = node.inputs[0];
    CodeStep step{.kind = CodeStep::Kind::kQuantize, .node = index, .inputs = {from}};
    if (Pending* pending = only_read_here(from)) {
      const auto code = [&type](float number) {
        const float level = std::nearbyint(number / type->scale) + type->zero_point;
        return static_cast<std::uint8_t>(std::clamp(level, 0.0F, 255.0F));
      };
      step = std::move(pending->step);
      step.low = code(pending->low);
      step.high = code(pending->high);
      pending_.erase(from);
    } else if (!inputs_.contains(from)) {
      return "rounds what is not computed on codes";
    }
    step.output = node.outputs[0];
    step.gives_codes = true;
    result_.codes[step.output] = *type;
    result_.steps.push_back(std::move(step));
    return {};
  }

  // The operator behind a value that nobody else reads.
  Pending* only_read_here(const std::string& value) {
    const auto found = pending_.find(value);
    const bool alone = found != pending_.end() && readers_.of(value) == 1;
    return alone ? &found->second : nullptr;
  }

  std::string limit(const Node& node) {
    Pending* pending = only_read_here(node.inputs[0]);
    if (pending == nullptr) return "not behind an operator on codes that it alone reads";
    Pending limited = std::move(*pending);
    float low = 0;
    float high = limited.high;
    if (node.op_type == "Clip") {
      const ClipBounds bounds = clip_bounds(
          node, network_.opset(), [this](const std::string& value) { return constant_of(value); });
      if (!bounds.low.known || !bounds.high.known) return "bounds that are not constant";
      low = bounds.low.given ? bounds.low.value : limited.low;
      high = bounds.high.given ? std::min(high, bounds.high.value) : high;
    }
    limited.low = std::max(limited.low, low);
    limited.high = high;
    pending_.erase(node.inputs[0]);
    pending_[node.outputs[0]] = std::move(limited);
    return {};
  }

  std::string take_operator(const Node& node, std::size_t index) {
    CodeStep step{.kind = CodeStep::Kind::kOperator, .node = index, .gives_codes = false};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string& input = node.inputs[i];
      if (input.empty() || scope_.constant(input).defined()) continue;
      if (const auto codes = numbers_.find(input); codes != numbers_.end()) {
        step.inputs.push_back(codes->second);
      } else if (const auto stored = stored_.find(input); stored != stored_.end()) {
        (i == 1 ? step.weight : step.bias) = stored->second;
      } else {
        return "reads '" + input + "', which is no code";
      }
    }
    if (step.inputs.empty()) return "reads no codes";
    if (node.outputs.size() > 1) return "several outputs";
    step.output = node.outputs[0];
    pending_[node.outputs[0]] = {.step = std::move(step)};
    return {};
  }

  // What an output of the network is: the last of its codes, or an operator's numbers.
  void finish(const std::string& output) {
    if (const auto codes = numbers_.find(output); codes != numbers_.end()) {
      result_.steps.push_back({.kind = CodeStep::Kind::kDequantize,
                               .node = last_.at(output),
                               .inputs = {codes->second},
                               .output = output,
                               .gives_codes = false});
    } else if (const auto found = pending_.find(output); found != pending_.end() &&
                                                         readers_.of(output) == 1 &&
                                                         found->second.step.output == output) {
      result_.steps.push_back(std::move(found->second.step));
      pending_.erase(found);
    } else {
      result_.others.push_back("the output '" + output + "' does not come from codes");
    }
  }

  const Tensor* constant_of(const std::string& value) {
    const Tensor constant = scope_.constant(value);
    if (!constant.defined()) return nullptr;
    return &(constants_[value] = constant);
  }

  const Network& network_;
  ValueScope scope_;
  ReaderCounts readers_;
  std::set<std::string> inputs_;
  std::map<std::string, std::string> numbers_;  // behind a DequantizeLinear: the codes' name
  std::map<std::string, std::size_t> last_;     // and its node
  std::map<std::string, StoredIntegers> stored_;
  std::map<std::string, Pending> pending_;  // by the value that it gives so far
  std::map<std::string, Tensor> constants_;
  CodeNetwork result_;
};

}  // namespace

CodeNetwork read_codes(const Network& network) { return Reader(network).read(); }

}  // namespace gcompress::graph

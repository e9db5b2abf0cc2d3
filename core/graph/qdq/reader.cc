// Finding operators between dequantized inputs and quantized outputs.
#include "gcompress/core/graph/qdq/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/rewriting.h"

namespace gcompress::graph {
namespace {

// An operator whose result is a number still: rounding may follow, and limits on the way there.
struct Pending {
  CodeStep step;
  std::vector<std::size_t> nodes;  // the operator and what limits it
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

class Reader {
 public:
  Reader(const Network& network, const RunsOnCodes& runs)
      : network_(network),
        runs_(runs),
        scope_(network.graph, {}),
        readers_(count_readers(network.graph)) {}

  CodeNetwork read() {
    const std::vector<Node>& nodes = network_.graph.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].op_type == "Constant" || nodes[i].outputs.empty()) continue;
      if (!take(nodes[i], i)) add_other(i);
    }
    for (const Value& output : network_.graph.outputs) settle(output.name);
    while (!pending_.empty()) settle(pending_.begin()->first);
    drop_useless_codes();
    add_dequantized();
    std::ranges::sort(result_.others);
    return std::move(result_);
  }

 private:
  // False: the node computes on numbers.
  bool take(const Node& node, std::size_t index) {
    if (!node.domain.empty()) return false;
    if (node.op_type == "DequantizeLinear") return take_dequantize(node, index);
    if (node.op_type == "QuantizeLinear") return take_quantize(node, index);
    if (node.op_type == "Relu" || node.op_type == "Clip") return take_limit(node, index);
    return take_operator(node, index);
  }

  // What such a node reads has to be numbers.
  void add_other(std::size_t index) {
    result_.others.push_back(index);
    for (const std::string& input : network_.graph.nodes[index].inputs) settle(input);
  }

  // An operator that is not rounded: its sums leave as numbers, or it computes on numbers itself.
  void settle(const std::string& value) {
    const auto found = pending_.find(value);
    if (found == pending_.end()) return;
    Pending pending = std::move(found->second);
    pending_.erase(found);
    if (pending.step.weight && pending.nodes.size() == 1) {
      result_.steps.push_back(std::move(pending.step));
    } else {
      result_.others.insert(result_.others.end(), pending.nodes.begin(), pending.nodes.end());
    }
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

  bool take_dequantize(const Node& node, std::size_t index) {
    const Tensor stored = scope_.constant(node.inputs[0]);
    if (stored.defined()) return take_stored(node, stored);
    const auto codes = result_.codes.find(node.inputs[0]);
    if (codes == result_.codes.end() || code_type(node) != codes->second) return false;
    dequantized_[node.outputs[0]] = {.codes = codes->first, .node = index};
    result_.numbers.try_emplace(codes->first,
                                CodeNetwork::Numbers{.value = node.outputs[0], .node = index});
    return true;
  }

  // Constants need no step, whoever reads them; those that are no weights for codes are not kept.
  bool take_stored(const Node& node, const Tensor& stored) {
    const Tensor scale = scope_.constant(node.inputs[1]);
    const bool integers = stored.dtype() == DataType::kInt8 || stored.dtype() == DataType::kInt32;
    if (scale.dtype() != DataType::kFloat32 || !integers || !is_symmetric(node)) return true;
    StoredIntegers found{.values = stored, .scales = to_float32(scale)};
    if (scale.size() > 1) {
      found.axis = normalized_axis(node, attribute_int(node, "axis", 1), stored.rank());
      const bool of_axis = scale.size() == stored.shape()[static_cast<std::size_t>(found.axis)];
      if (!of_axis) return true;
    }
    stored_[node.outputs[0]] = std::move(found);
    return true;
  }

  bool is_symmetric(const Node& node) const {
    if (!has_input(node, 2)) return true;
    const Tensor zero = scope_.constant(node.inputs[2]);
    return zero.defined() &&
           std::ranges::all_of(to_int64(zero), [](std::int64_t z) { return z == 0; });
  }

  // The operator behind a value that nobody else reads.
  Pending* only_read_here(const std::string& value) {
    const auto found = pending_.find(value);
    const bool alone = found != pending_.end() && readers_.of(value) == 1;
    return alone ? &found->second : nullptr;
  }

  bool take_quantize(const Node& node, std::size_t index) {
    const std::optional<CodeType> type = code_type(node);
    const std::string& from = node.inputs[0];
    if (!type || scope_.constant(from).defined()) return false;
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
    } else {
      settle(from);
    }
    step.output = node.outputs[0];
    step.gives_codes = true;
    result_.codes[step.output] = *type;
    result_.steps.push_back(std::move(step));
    return true;
  }

  bool take_limit(const Node& node, std::size_t index) {
    Pending* pending = only_read_here(node.inputs[0]);
    if (pending == nullptr) return false;
    float low = 0;
    float high = pending->high;
    if (node.op_type == "Clip") {
      const ClipBounds bounds = clip_bounds(
          node, network_.opset(), [this](const std::string& value) { return constant_of(value); });
      if (!bounds.low.known || !bounds.high.known) return false;
      low = bounds.low.given ? bounds.low.value : pending->low;
      high = bounds.high.given ? std::min(high, bounds.high.value) : high;
    }
    Pending limited = std::move(*pending);
    limited.low = std::max(limited.low, low);
    limited.high = high;
    limited.nodes.push_back(index);
    pending_.erase(node.inputs[0]);
    pending_[node.outputs[0]] = std::move(limited);
    return true;
  }

  bool take_operator(const Node& node, std::size_t index) {
    CodeStep step{.kind = CodeStep::Kind::kOperator, .node = index, .gives_codes = false};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string& input = node.inputs[i];
      if (input.empty() || scope_.constant(input).defined()) continue;
      if (const auto found = dequantized_.find(input); found != dequantized_.end()) {
        step.inputs.push_back(found->second.codes);
      } else if (const auto stored = stored_.find(input); stored != stored_.end()) {
        (i == 1 ? step.weight : step.bias) = stored->second;
      } else {
        return false;
      }
    }
    step.output = node.outputs[0];
    if (step.inputs.empty() || node.outputs.size() > 1 || !runs_(node, step)) return false;
    pending_[node.outputs[0]] = {.step = std::move(step), .nodes = {index}};
    return true;
  }

  // Numbers that are rounded where no operator reads the codes stay numbers that are rounded.
  void drop_useless_codes() {
    std::set<std::string> read;
    for (const CodeStep& step : result_.steps) {
      if (step.kind == CodeStep::Kind::kOperator) {
        read.insert(step.inputs.begin(), step.inputs.end());
      }
    }
    std::erase_if(result_.steps, [&](const CodeStep& step) {
      if (step.kind != CodeStep::Kind::kQuantize || read.contains(step.output)) return false;
      result_.others.push_back(step.node);
      result_.codes.erase(step.output);
      result_.numbers.erase(step.output);
      return true;
    });
    std::erase_if(dequantized_, [&](const auto& entry) {
      if (result_.codes.contains(entry.second.codes)) return false;
      result_.others.push_back(entry.second.node);
      return true;
    });
  }

  // Codes whose numbers some other node or an output of the network reads.
  void add_dequantized() {
    std::set<std::string> wanted;
    for (const Value& output : network_.graph.outputs) wanted.insert(output.name);
    for (const std::size_t index : result_.others) {
      const Node& node = network_.graph.nodes[index];
      wanted.insert(node.inputs.begin(), node.inputs.end());
    }
    for (const CodeStep& step : result_.steps) {
      if (step.kind == CodeStep::Kind::kQuantize) wanted.insert(step.inputs[0]);
    }
    for (const auto& [value, from] : dequantized_) {
      if (!wanted.contains(value)) continue;
      result_.steps.push_back({.kind = CodeStep::Kind::kDequantize,
                               .node = from.node,
                               .inputs = {from.codes},
                               .output = value,
                               .gives_codes = false});
    }
  }

  const Tensor* constant_of(const std::string& value) {
    const Tensor constant = scope_.constant(value);
    if (!constant.defined()) return nullptr;
    return &(constants_[value] = constant);
  }

  struct Dequantized {
    std::string codes;
    std::size_t node = 0;
  };

  const Network& network_;
  const RunsOnCodes& runs_;
  ValueScope scope_;
  ReaderCounts readers_;
  std::map<std::string, Dequantized> dequantized_;  // by the value of numbers
  std::map<std::string, StoredIntegers> stored_;
  std::map<std::string, Pending> pending_;  // by the value that it gives so far
  std::map<std::string, Tensor> constants_;
  CodeNetwork result_;
};

}  // namespace

bool CodeNetwork::any_operators() const {
  return std::ranges::any_of(
      steps, [](const CodeStep& step) { return step.kind == CodeStep::Kind::kOperator; });
}

CodeNetwork read_codes(const Network& network, const RunsOnCodes& runs) {
  return Reader(network, runs).read();
}

}  // namespace gcompress::graph

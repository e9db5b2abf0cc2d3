// The walk over a network, and the books of labels.
#include "gcompress/core/graph/channels/tracer.h"

#include <algorithm>
#include <array>

namespace gcompress::graph {
namespace {

const std::string kNoChannels = "tied to an axis that is not channels";

ChannelRule find_rule(const Node& node) {
  if (!node.domain.empty()) return nullptr;
  for (const auto& rows :
       {layer_channel_rules(), elementwise_channel_rules(), normalization_channel_rules(),
        movement_channel_rules(), selection_channel_rules(), reshape_channel_rules()}) {
    for (const ChannelRuleRow& row : rows) {
      if (node.op_type == row.op_type) return row.rule;
    }
  }
  return nullptr;
}

bool quantizes(const Node& node) {
  return node.op_type.find("QuantizeLinear") != std::string::npos ||
         node.op_type.find("DequantizeLinear") != std::string::npos ||
         node.op_type.starts_with("QLinear") || node.op_type.find("Integer") != std::string::npos;
}

}  // namespace

NodeTracer::NodeTracer(const Network& network, const ValueScope& scope,
                       const std::vector<Weight>& weights, const std::set<WeightId>& untouched,
                       ChannelTrace& trace)
    : network_(network), scope_(scope), trace_(trace) {
  for (const Weight& weight : weights) {
    if (!weight.id.scope.empty()) continue;
    std::string& why = parameters_[weight.id.tensor];
    const bool is_layer = weight.role == WeightRole::kKernel || weight.role == WeightRole::kMatrix;
    if (untouched.contains(weight.id)) {
      why = "'" + weight.id.tensor + "' is left alone";
    } else if (is_layer && !weight.prunable && !weight.fixed) {
      why = weight.why_not;
    }
  }
  lookup_ = [this](const std::string& name) -> const Tensor* {
    const auto found = trace_.shapes.find(name);
    if (found != trace_.shapes.end() && found->second.constant.defined()) {
      return &found->second.constant;
    }
    const Tensor stored = scope_.constant(name);
    return stored.defined() ? &(looked_up_[name] = stored) : nullptr;
  };
}

void NodeTracer::follow(std::size_t index, std::size_t choice) {
  node_ = &network_.graph.nodes[index];
  index_ = index;
  choice_ = choice;
  split_axis_ = kFixedAxis;
  taken_.assign(node_->inputs.size(), false);
  set_.assign(node_->outputs.size(), false);
  std::string why;
  const ChannelRule rule = find_rule(*node_);
  if (rule != nullptr) {
    try {
      why = rule(*this);
    } catch (const Error&) {  // attributes that contradict the operator: not ours to judge
      why = "not followed";
    }
  } else {
    why = quantizes(*node_) ? "quantized" : "not followed";
  }
  const std::string reason = by(why.empty() ? "read as a parameter" : why);
  for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
    if (!has(i) || (why.empty() && taken_[i])) continue;
    pin(take(i), reason);
  }
  for (std::size_t i = 0; i < node_->outputs.size(); ++i) {
    if (set_[i] && why.empty()) continue;
    const Shape* sizes = shape(node_->outputs[i]);
    trace_.values[node_->outputs[i]] = TracedAxes(sizes == nullptr ? 0 : sizes->size(),
                                                  {.why = why.empty() ? kNoChannels : by(why)});
  }
}

std::string NodeTracer::by(const std::string& what) const {
  return what + ": " + node_->op_type + " '" + label_of(*node_) + "'";
}

bool NodeTracer::is_stored(std::size_t input) const {
  return has(input) && scope_.constant(node_->inputs[input]).defined();
}

const Shape* NodeTracer::shape(const std::string& value) {
  const auto known = shapes_.find(value);
  if (known != shapes_.end()) return &known->second;
  Shape sizes;
  if (const Tensor stored = scope_.constant(value); stored.defined()) {
    sizes = stored.shape();
  } else {
    const auto found = trace_.shapes.find(value);
    if (found == trace_.shapes.end() || !found->second.shape) return nullptr;
    for (const Dimension& dimension : *found->second.shape) sizes.push_back(dimension.size);
  }
  return &(shapes_[value] = std::move(sizes));
}

TracedAxes NodeTracer::take(std::size_t input) {
  taken_[input] = true;
  const std::string& name = node_->inputs[input];
  const auto known = trace_.values.find(name);
  if (known != trace_.values.end()) return known->second;
  if (const Tensor value = scope_.constant(name); value.defined()) {
    return axes_of_constant(name, value);
  }
  const Shape* sizes = shape(name);
  return trace_.values[name] =
             TracedAxes(sizes == nullptr ? 0 : sizes->size(), {.why = "tied to a network input"});
}

void NodeTracer::take_parameter(std::size_t input) {
  if (is_stored(input)) pin(take(input), by("read as a parameter"));
  taken_[input] = true;
}

TracedAxes NodeTracer::axes_of_constant(const std::string& name, const Tensor& value) {
  const auto parameter = parameters_.find(name);
  const bool counts = parameter != parameters_.end() && parameter->second.empty();
  const bool sliceable = bits_of(value.dtype()) >= 8;
  TracedAxes axes;
  for (const std::int64_t size : value.shape()) {
    TracedAxis axis{.zero = counts, .why = kNoChannels};
    if (size > 1 && sliceable) {
      axis.table = labels().fresh(size);
      if (parameter != parameters_.end() && !counts) {
        labels().pin_table(axis.table, parameter->second);
      }
    }
    axes.push_back(axis);
  }
  trace_.constants[name] = {.shape = value.shape(),
                            .parameter = counts,
                            .makes = std::vector<bool>(axes.size(), false),
                            .reads = std::vector<bool>(axes.size(), false)};
  return trace_.values[name] = axes;
}

void NodeTracer::set(std::size_t output, TracedAxes axes) {
  const Shape* sizes = output_shape(output);
  set_[output] = true;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].table == kFixedAxis) continue;
    const auto length = static_cast<std::int64_t>(labels().table(axes[i].table).size());
    // Sizes that are not known, or that contradict what we think, are not ours to change.
    const bool fits = sizes != nullptr && sizes->size() == axes.size() && (*sizes)[i] == length;
    if (fits && length > 1) continue;
    pin(axes[i], by(fits ? "a single one" : "of unknown size"));
    axes[i] = {.why = kNoChannels};
  }
  trace_.values[node_->outputs[output]] = std::move(axes);
}

TracedAxis NodeTracer::unite(const TracedAxis& first, const TracedAxis& second) {
  if (first.table == kFixedAxis && second.table == kFixedAxis) return first;
  const bool zero = first.zero && second.zero;
  if (first.table == kFixedAxis || second.table == kFixedAxis) {
    const TracedAxis& fixed = first.table == kFixedAxis ? first : second;
    const TracedAxis& other = first.table == kFixedAxis ? second : first;
    pin(other, fixed.why.empty() ? kNoChannels : fixed.why);
    return {.table = other.table, .zero = zero};
  }
  if (labels().table(first.table).size() != labels().table(second.table).size()) {
    pin(first, by("of different sizes"));
    pin(second, by("of different sizes"));
    return {.why = kNoChannels};
  }
  labels().unite_tables(first.table, second.table);
  return {.table = first.table, .zero = zero};
}

void NodeTracer::contract(const TracedAxis& first, const TracedAxis& second, bool by_weight) {
  const TracedAxis joined = unite(first, second);
  if (joined.table == kFixedAxis) return;
  if (!first.zero && !second.zero) pin(joined, by("a constant other than 0 is summed"));
  if (by_weight) return;
  for (const int label : labels().table(joined.table)) labels().mark_read(label);
}

void NodeTracer::pin(const TracedAxis& axis, const std::string& why) {
  if (axis.table != kFixedAxis) labels().pin_table(axis.table, why);
}

void NodeTracer::pin(const TracedAxes& axes, const std::string& why) {
  for (const TracedAxis& axis : axes) pin(axis, why);
}

void NodeTracer::makes(std::size_t input, std::size_t axis) {
  const auto found = trace_.constants.find(node_->inputs[input]);
  if (found != trace_.constants.end()) found->second.makes[axis] = true;
}

void NodeTracer::reads(std::size_t input, std::size_t axis) {
  const auto found = trace_.constants.find(node_->inputs[input]);
  if (found != trace_.constants.end()) found->second.reads[axis] = true;
}

void NodeTracer::divides(std::size_t input) {
  const auto found = trace_.constants.find(node_->inputs[input]);
  if (found != trace_.constants.end()) found->second.divides = true;
}

void NodeTracer::adjust(Adjustment adjustment) {
  adjustment.node = index_;
  trace_.adjustments.push_back(std::move(adjustment));
}

TracedAxes broadcast(NodeTracer& tracer, const std::vector<TracedAxes>& inputs,
                     const std::vector<Shape>& shapes, const Shape& output, bool any) {
  TracedAxes result(output.size(), {.why = kNoChannels});
  for (std::size_t back = 1; back <= output.size(); ++back) {
    TracedAxis& axis = result[output.size() - back];
    bool first = true;
    bool some_zero = false;
    bool all_zero = true;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Shape& shape = shapes[i];
      const std::int64_t size = output[output.size() - back];
      const bool spread = shape.size() < back || (shape[shape.size() - back] == 1 && size != 1);
      if (spread) {
        all_zero = false;  // one number for all channels stays as it is
        continue;
      }
      const TracedAxis& own = inputs[i][shape.size() - back];
      some_zero = some_zero || (own.zero && own.table != kFixedAxis);
      all_zero = all_zero && own.zero;
      axis = first ? own : tracer.unite(axis, own);
      first = false;
    }
    axis.zero = any ? some_zero : all_zero;
  }
  return result;
}

}  // namespace gcompress::graph

// Follows channels node by node. Internal to channels/: what the rules for operators are given.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/graph/channels/trace.h"
#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

// One node while it is followed. Inputs that a rule does not take are pinned afterwards, outputs
// that it does not set are fixed.
class NodeTracer {
 public:
  NodeTracer(const Network& network, const ValueScope& scope, const std::vector<Weight>& weights,
             const std::set<WeightId>& untouched, ChannelTrace& trace);

  // Follows the node with that index; `choice` is for reshapes (see follow_reshape).
  void follow(std::size_t index, std::size_t choice);
  // The table of an axis that a reshape splits in several, where there is a choice.
  int split_axis() const { return split_axis_; }

  const Node& node() const { return *node_; }
  std::int64_t opset() const { return network_.opset(); }
  std::size_t choice() const { return choice_; }
  const ConstantLookup& lookup() const { return lookup_; }
  AxisLabels& labels() { return trace_.labels; }

  bool has(std::size_t input) const { return has_input(*node_, input); }
  // The axes of an input; stored tensors get labels when first taken. Not to be kept over calls.
  TracedAxes take(std::size_t input);
  // Takes a parameter: what it stores must stay as it is.
  void take_parameter(std::size_t input);
  bool is_stored(std::size_t input) const;
  // Sizes, -1 where unknown; null if the rank is.
  const Shape* shape(const std::string& value);
  const Shape* input_shape(std::size_t input) { return shape(node_->inputs[input]); }
  const Shape* output_shape(std::size_t output) { return shape(node_->outputs[output]); }
  void set(std::size_t output, TracedAxes axes);

  // Indices that must stay equal. The result has labels if one has.
  TracedAxis unite(const TracedAxis& first, const TracedAxis& second);
  // Sums over an axis of both.
  void contract(const TracedAxis& first, const TracedAxis& second, bool by_weight);
  void pin(const TracedAxis& axis, const std::string& why);
  void pin(const TracedAxes& axes, const std::string& why);
  // "summed over by Softmax 'name'".
  std::string by(const std::string& what) const;

  void makes(std::size_t input, std::size_t axis);
  void reads(std::size_t input, std::size_t axis);
  void divides(std::size_t input);
  void adjust(Adjustment adjustment);
  void note_split(int table) { split_axis_ = table; }

 private:
  TracedConstant& stored(const std::string& name);
  TracedAxes axes_of_constant(const std::string& name, const Tensor& value);

  const Network& network_;
  const ValueScope& scope_;
  ChannelTrace& trace_;
  std::map<std::string, std::string> parameters_;  // name -> why it must not change, or empty
  std::unordered_map<std::string, Shape> shapes_;
  std::unordered_map<std::string, Tensor> looked_up_;
  ConstantLookup lookup_;
  const Node* node_ = nullptr;
  std::size_t index_ = 0;
  std::size_t choice_ = 0;
  int split_axis_ = kFixedAxis;
  std::vector<bool> taken_;
  std::vector<bool> set_;
};

// Follows one node; says why it cannot, or nothing.
using ChannelRule = std::string (*)(NodeTracer& tracer);
struct ChannelRuleRow {
  const char* op_type;
  ChannelRule rule;
};
std::span<const ChannelRuleRow> layer_channel_rules();
std::span<const ChannelRuleRow> elementwise_channel_rules();
std::span<const ChannelRuleRow> normalization_channel_rules();
std::span<const ChannelRuleRow> movement_channel_rules();
std::span<const ChannelRuleRow> selection_channel_rules();
std::span<const ChannelRuleRow> reshape_channel_rules();

// Axes of an elementwise result of this shape: inputs broadcast from the right, those of size 1
// left out. zero: whether an element is 0 where that input's is, input by input combined by `any`
// (a product) or by all (a sum).
TracedAxes broadcast(NodeTracer& tracer, const std::vector<TracedAxes>& inputs,
                     const std::vector<Shape>& shapes, const Shape& output, bool any);

// More indices than any axis of channels has: what a file claims beyond is not followed.
constexpr std::int64_t kMostLabels = std::int64_t{1} << 24;

inline std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

}  // namespace gcompress::graph

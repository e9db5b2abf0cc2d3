// Builds a ChannelFlow node by node. Internal to channel_flow*.cc.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "gcompress/core/graph/channel_flow.h"
#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/parameters.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::graph {

class ChannelFlowBuilder {
 public:
  ChannelFlowBuilder(const Network& network, const std::vector<Weight>& weights,
                     const std::set<WeightId>& untouched);
  ChannelFlow build();

 private:
  using Handler = bool (ChannelFlowBuilder::*)(const Node& node);
  struct HandlerRow {
    const char* op_type;
    Handler handle;
  };
  static const HandlerRow kHandlers[];

  // Each adds the node's step and returns true, or returns false: then the node is a barrier.
  bool conv(const Node& node);
  bool gemm(const Node& node);
  bool matmul(const Node& node);
  bool batch_norm(const Node& node);
  bool arithmetic(const Node& node);
  bool pool(const Node& node);
  bool global_pool(const Node& node);
  bool reduce(const Node& node);
  bool flatten(const Node& node);
  bool reshape(const Node& node);
  bool squeeze(const Node& node);
  bool pad(const Node& node);
  bool slice(const Node& node);
  bool split(const Node& node);
  bool concat(const Node& node);
  bool reads_nothing(const Node& node);

  void visit(std::size_t index);
  bool elementwise(const Node& node);
  bool flattens_by_shape(const Node& node);
  void barrier(const Node& node);
  void add_readers_outside();

  // A layer's step, with the bias and the normalisation that alone read its output taken in.
  void add_linear(LinearStep step, ChannelValue output);
  bool take_bias(LinearStep& step, ChannelValue& output, const Node& reader);
  bool take_norm(LinearStep& step, ChannelValue& output, const Node& reader);
  bool read_norm(LinearStep& step, const Node& node, std::int64_t channels);
  bool shift_or_scale(const Node& node, const ChannelValue& value, int input, int constant,
                      bool constant_first);
  bool pair(const Node& node, int first, int second);
  void add_map(const Node& node, MapStep step, ChannelValue output);

  // The followed value of that name, or kNotFollowed.
  int value_of(const std::string& name) const;
  const ChannelValue& value(int index) const {
    return flow_.values[static_cast<std::size_t>(index)];
  }
  int add_value(ChannelValue value);
  // The inferred shape of a value, or null. Inferred once, when first asked for.
  const std::vector<Dimension>* shape_of(const std::string& name);
  // The main graph's constant of that name, or kNotFollowed.
  int constant_of(const std::string& name);
  const Tensor& tensor(int constant) const {
    return flow_.constants[static_cast<std::size_t>(constant)].value;
  }
  // How a constant lies against a value's channels when both meet elementwise.
  enum class Lie { kOneNumber, kPerChannel, kOther };
  Lie lie(int constant, const ChannelValue& value) const;
  // The node that alone reads this value, or null.
  const Node* only_reader(const std::string& name, std::size_t& index) const;

  const Network& network_;
  const Graph& graph_;
  ValueScope scope_;
  ConstantLookup lookup_;
  mutable std::unordered_map<std::string, Tensor> looked_up_;
  std::set<WeightId> may_change_;                                 // parameters with one direct use
  std::unordered_map<std::string, std::size_t> readers_;          // how often each value is read
  std::unordered_map<std::string, std::size_t> reader_in_graph_;  // the last node that reads it
  std::unordered_map<std::string, int> value_index_;
  std::unordered_map<std::string, int> constant_index_;
  std::optional<InferredShapes> shapes_;
  std::vector<bool> taken_;  // nodes that became part of an earlier step
  ChannelFlow flow_;
};

}  // namespace gcompress::graph

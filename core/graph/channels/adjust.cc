// Parameters of nodes that say how many channels there are, or which.
#include <algorithm>
#include <iterator>

#include "gcompress/core/graph/channels/removal.h"
#include "gcompress/core/graph/channels/tracer.h"
#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/rewriting.h"

namespace gcompress::graph {
namespace {

using Numbers = std::vector<std::int64_t>;

class Adjuster {
 public:
  Adjuster(const ChannelTrace& trace, const ChannelSet& gone, Graph& graph, std::int64_t opset)
      : trace_(trace),
        gone_(gone),
        graph_(graph),
        original_(graph),
        scope_(original_, {}),
        names_(graph),
        opset_(opset),
        before_(graph.nodes.size()) {
    lookup_ = [this](const std::string& name) -> const Tensor* {
      const Tensor found = constant(name);
      return found.defined() ? &(looked_up_[name] = found) : nullptr;
    };
  }

  void adjust_all() {
    for (const Adjustment& adjustment : trace_.adjustments) adjust(adjustment);
    insert_nodes();
    drop_unread(graph_, replaced_);
    drop_unread_nodes();
  }

 private:
  void adjust(const Adjustment& adjustment) {
    Node& node = graph_.nodes[adjustment.node];
    switch (adjustment.kind) {
      case Adjustment::Kind::kShape:
        return adjust_shape(adjustment, node);
      case Adjustment::Kind::kSplit:
        return adjust_split(adjustment, node);
      case Adjustment::Kind::kSlice:
        return adjust_slice(adjustment, node);
      case Adjustment::Kind::kGather:
        return adjust_gather(adjustment, node);
      case Adjustment::Kind::kPad:
        return adjust_pad(adjustment, node);
      case Adjustment::Kind::kGroups:
        return set_attribute(node, adjustment.attribute, kept(adjustment.table));
    }
  }

  // Sizes listed by a stored tensor, or by a Concat of stored and computed pieces; sizes that are
  // computed change by themselves.
  void adjust_shape(const Adjustment& adjustment, Node& node) {
    if (adjustment.input >= node.inputs.size()) {
      if (const Attribute* shape = node.attribute("shape")) {
        Numbers sizes = std::get<Numbers>(shape->data);
        if (new_sizes(adjustment, node, 0, sizes)) set_attribute(node, "shape", sizes);
      }
      return;
    }
    std::string& target = node.inputs[adjustment.input];
    if (const Tensor stored = fixed_value(target); stored.defined()) {
      Numbers sizes = to_int64(stored);
      if (new_sizes(adjustment, node, 0, sizes)) store(target, stored, sizes);
      return;
    }
    const ValueScope::Definition* definition = scope_.find(target);
    const Node* producer = definition == nullptr ? nullptr : definition->producer;
    if (producer == nullptr || producer->op_type != "Concat" || !producer->domain.empty()) return;
    Node pieces = *producer;
    bool changed = false;
    std::size_t begin = 0;
    for (std::string& piece : pieces.inputs) {
      const auto shape = trace_.shapes.find(piece);
      const Tensor stored = fixed_value(piece);
      if (stored.defined()) {
        Numbers sizes = to_int64(stored);
        if (new_sizes(adjustment, node, begin, sizes)) {
          store(piece, stored, sizes);
          changed = true;
        }
        begin += sizes.size();
      } else if (shape != trace_.shapes.end() && shape->second.shape &&
                 shape->second.shape->size() == 1 && shape->second.shape->front().known()) {
        begin += at(shape->second.shape->front().size);
      } else {
        return;
      }
    }
    if (!changed) return;
    pieces.name = names_.take(label_of(pieces) + "_kept");
    pieces.outputs = {names_.take(pieces.outputs[0] + "_kept")};
    target = pieces.outputs[0];
    unread_nodes_.insert(producer->outputs[0]);
    before_[adjustment.node].push_back(std::move(pieces));
  }

  // Entries from place `begin` on. 0 copies a size and -1 takes what remains: both follow.
  bool new_sizes(const Adjustment& adjustment, const Node& node, std::size_t begin,
                 Numbers& sizes) {
    const TracedAxes& output = trace_.values.at(node.outputs[0]);
    const TracedAxes& input = trace_.values.at(node.inputs[0]);
    bool changed = false;
    for (std::size_t i = 0; i < sizes.size() && begin + i < adjustment.axes.size(); ++i) {
      const auto axis = at(adjustment.axes[begin + i]);
      const int table = output[axis].table;
      if (table == kFixedAxis || kept(table) == all(table) || sizes[i] < 0) continue;
      if (sizes[i] == 1 && node.op_type == "Expand") continue;
      const bool copies = sizes[i] == 0 && axis < input.size() && input[axis].table != kFixedAxis &&
                          kept(input[axis].table) == kept(table);
      if (copies) continue;
      sizes[i] = kept(table);
      changed = true;
    }
    return changed;
  }

  void adjust_split(const Adjustment& adjustment, Node& node) {
    const int whole = axis_of(node.inputs[0], adjustment.axis).table;
    if (whole == kFixedAxis || kept(whole) == all(whole)) return;
    Numbers sizes;
    for (const std::string& output : node.outputs) {
      const int table = axis_of(output, adjustment.axis).table;
      sizes.push_back(table == kFixedAxis ? size_of(output, adjustment.axis) : kept(table));
    }
    std::erase_if(node.attributes, [](const Attribute& a) { return a.name == "num_outputs"; });
    if (opset_ < 13) {
      set_attribute(node, "split", sizes);
      return;
    }
    node.inputs.resize(2);
    const Tensor like = Tensor::from<std::int64_t>({0}, {});
    if (node.inputs[1].empty()) node.inputs[1] = label_of(node) + "_sizes";
    store(node.inputs[1], like, sizes);
  }

  void adjust_slice(const Adjustment& adjustment, Node& node) {
    const int table = axis_of(node.inputs[0], adjustment.axis).table;
    if (kept(table) == all(table)) return;
    const SliceParameters parameters = slice_parameters(node, opset_, lookup_);
    const Node& original = original_.nodes[adjustment.node];
    const SliceParameters were = slice_parameters(original, opset_, lookup_);
    const SliceRange range = slice_range(original, were.starts.values[adjustment.place],
                                         were.ends.values[adjustment.place], 1, all(table));
    Numbers starts = parameters.starts.values;
    Numbers ends = parameters.ends.values;
    starts[adjustment.place] = kept_before(table, range.start);
    ends[adjustment.place] = kept_before(table, range.start + range.count);
    replace(node, 1, "starts", starts);
    replace(node, 2, "ends", ends);
  }

  void adjust_gather(const Adjustment& adjustment, Node& node) {
    const int table = axis_of(node.inputs[0], adjustment.axis).table;
    if (kept(table) == all(table)) return;
    const Tensor stored = constant(node.inputs[1]);
    Numbers indices;
    for (std::int64_t index : to_int64(stored)) {
      if (index < 0) index += all(table);
      if (stays(table, index)) indices.push_back(kept_before(table, index));
    }
    store(node.inputs[1], stored, indices);
  }

  void adjust_pad(const Adjustment& adjustment, Node& node) {
    const int table = axis_of(node.outputs[0], adjustment.axis).table;
    if (table == kFixedAxis || kept(table) == all(table)) return;
    const PadParameters parameters = pad_parameters(node, opset_, lookup_);
    const PadParameters were = pad_parameters(original_.nodes[adjustment.node], opset_, lookup_);
    const auto rank = static_cast<std::int64_t>(trace_.values.at(node.outputs[0]).size());
    const Numbers full = pads_of_all_axes(node, were, rank);
    Numbers pads = parameters.pads.values;
    auto place = at(adjustment.axis);
    if (were.axes.given) {
      const Numbers axes = normalized_axes(node, were.axes.values, rank);
      place = static_cast<std::size_t>(std::ranges::find(axes, adjustment.axis) - axes.begin());
    }
    const std::int64_t after = full[at(rank + adjustment.axis)];
    pads[place] = kept_before(table, full[at(adjustment.axis)]);
    pads[pads.size() / 2 + place] = kept(table) - kept_before(table, all(table) - after);
    if (std::ranges::all_of(pads, [](std::int64_t pad) { return pad == 0; })) {
      replaced_.insert(node.inputs.begin() + 1, node.inputs.end());
      node = make_node("Identity", node.name, {node.inputs[0]}, node.outputs);
      return;
    }
    replace(node, 1, "pads", pads);
  }

  // An input where the node has it, the attribute before.
  void replace(Node& node, std::size_t input, const std::string& attribute,
               const Numbers& numbers) {
    if (input < node.inputs.size()) {
      store(node.inputs[input], constant(node.inputs[input]), numbers);
    } else {
      set_attribute(node, attribute, numbers);
    }
  }

  template <typename T>
  void set_attribute(Node& node, const std::string& name, T value) {
    std::erase_if(node.attributes, [&](const Attribute& a) { return a.name == name; });
    node.attributes.push_back(make_attribute(name, std::move(value)));
  }

  // A new stored tensor of that type in the place of the one named.
  void store(std::string& name, const Tensor& like, const Numbers& numbers) {
    replaced_.insert(name);
    name = names_.take(name + "_kept");
    const Shape shape = like.rank() == 0 ? Shape{} : Shape{std::ssize(numbers)};
    Tensor value;
    if (like.dtype() == DataType::kInt32) {
      value = Tensor::from<std::int32_t>(shape,
                                         std::vector<std::int32_t>(numbers.begin(), numbers.end()));
    } else {
      value = Tensor::from<std::int64_t>(shape, numbers);
    }
    stored_[name] = value;
    graph_.initializers.push_back({.name = name, .value = std::move(value), .opaque = {}});
  }

  void insert_nodes() {
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      std::ranges::move(before_[i], std::back_inserter(nodes));
      nodes.push_back(std::move(graph_.nodes[i]));
    }
    graph_.nodes = std::move(nodes);
  }

  // Constants and Concats whose last reader now reads something else.
  void drop_unread_nodes() {
    const auto readers = count_readers(graph_);
    std::erase_if(graph_.nodes, [&](const Node& node) {
      return node.outputs.size() == 1 && !readers.contains(node.outputs[0]) &&
             (replaced_.contains(node.outputs[0]) || unread_nodes_.contains(node.outputs[0]));
    });
  }

  // A stored tensor, or what nodes make of stored tensors alone (a Cast of one); else undefined.
  Tensor fixed_value(const std::string& name) const {
    if (Tensor stored = constant(name); stored.defined()) return stored;
    const ValueScope::Definition* definition = scope_.find(name);
    const auto shape = trace_.shapes.find(name);
    if (definition == nullptr || definition->producer == nullptr || shape == trace_.shapes.end() ||
        !shape->second.constant.defined()) {
      return {};
    }
    const bool fixed = std::ranges::all_of(definition->producer->inputs, [&](const auto& input) {
      return input.empty() || fixed_value(input).defined();
    });
    return fixed ? shape->second.constant : Tensor();
  }

  Tensor constant(const std::string& name) const {
    const auto found = stored_.find(name);
    return found == stored_.end() ? scope_.constant(name) : found->second;
  }
  const TracedAxis& axis_of(const std::string& value, std::int64_t axis) const {
    return trace_.values.at(value)[at(axis)];
  }
  std::int64_t size_of(const std::string& value, std::int64_t axis) const {
    return (*trace_.shapes.at(value).shape)[at(axis)].size;
  }
  std::int64_t all(int table) const { return std::ssize(trace_.labels.table(table)); }
  std::int64_t kept(int table) const { return kept_of(trace_, table, gone_); }
  bool stays(int table, std::int64_t index) const {
    const std::int32_t channel = trace_.channel_of[at(trace_.labels.table(table)[at(index)])];
    return channel < 0 || !gone_[at(channel)];
  }
  std::int64_t kept_before(int table, std::int64_t end) const {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < end; ++i) count += stays(table, i) ? 1 : 0;
    return count;
  }

  const ChannelTrace& trace_;
  const ChannelSet& gone_;
  Graph& graph_;
  const Graph original_;
  ValueScope scope_;
  NewNames names_;
  std::int64_t opset_;
  ConstantLookup lookup_;
  std::unordered_map<std::string, Tensor> looked_up_;
  std::unordered_map<std::string, Tensor> stored_;  // made here
  std::vector<std::vector<Node>> before_;           // new nodes, by the one they go before
  std::set<std::string> replaced_;
  std::set<std::string> unread_nodes_;
};

}  // namespace

void adjust_nodes(const ChannelTrace& trace, const ChannelSet& gone, Graph& graph,
                  std::int64_t opset) {
  Adjuster(trace, gone, graph, opset).adjust_all();
}

}  // namespace gcompress::graph

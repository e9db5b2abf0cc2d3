// Pairs of layers, sweeps until nothing moves.
#include "gcompress/quantize/equalize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>
#include <vector>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/quantize/constant_writer.h"
#include "gcompress/quantize/layers.h"

namespace gcompress::quantize {
namespace {

using graph::Node;

constexpr int kSweeps = 20;
constexpr std::size_t kBiasInput = 2;
constexpr std::array kHomogeneous = std::to_array<const char*>(
    {"AveragePool", "Dropout", "GlobalAveragePool", "Identity", "LeakyRelu", "MaxPool", "Relu"});

bool is_homogeneous(const Node& node) {
  return node.domain.empty() && node.outputs.size() == 1 &&
         std::ranges::find(kHomogeneous, node.op_type) != kHomogeneous.end();
}

// A weight as [outputs, inputs, inner] with groups.
struct ChannelView {
  std::vector<float> values;
  Shape shape;
  std::size_t outputs = 0;
  std::size_t inputs = 0;  // of the layer; a group's are inputs / groups
  std::size_t groups = 1;
  std::size_t inner = 1;
  bool inputs_first = false;  // Gemm without transB
  std::vector<float> bias;    // empty: none

  std::size_t output_of(std::size_t i) const {
    return inputs_first ? i % outputs : i / (inner * (inputs / groups));
  }
  std::size_t input_of(std::size_t i) const {
    if (inputs_first) return i / outputs;
    const std::size_t in_group = inputs / groups;
    const std::size_t group = output_of(i) / (outputs / groups);
    return group * in_group + i / inner % in_group;
  }
};

using Place = std::size_t (ChannelView::*)(std::size_t) const;

std::vector<float> largest(const ChannelView& view, std::size_t channels, Place place) {
  std::vector<float> result(channels, 0.0F);
  for (std::size_t i = 0; i < view.values.size(); ++i) {
    float& most = result[(view.*place)(i)];
    most = std::max(most, std::abs(view.values[i]));
  }
  return result;
}

void scale(ChannelView& view, const std::vector<float>& factors, Place place) {
  for (std::size_t i = 0; i < view.values.size(); ++i) {
    view.values[i] *= factors[(view.*place)(i)];
  }
}

class Equalizer {
 public:
  explicit Equalizer(const graph::Network& network)
      : network_(network), constants_(network.graph, {}) {}
  Equalized run();

 private:
  struct Pair {
    std::size_t first;
    std::size_t second;
  };
  std::optional<ChannelView> view_of(const Node& node) const;
  std::vector<Pair> find_pairs();
  // True if anything moved.
  bool equalize(const Pair& pair);

  const graph::Network& network_;
  graph::ValueScope constants_;
  std::map<std::size_t, ChannelView> views_;  // by node
};

std::optional<ChannelView> Equalizer::view_of(const Node& node) const {
  if (node.op_type != "Conv" && node.op_type != "Gemm") return std::nullopt;
  const LayerCheck check = check_layer(node, constants_);
  if (!check.layer || !check.layer->weight) return std::nullopt;
  const Tensor weight = constants_.constant(node.inputs[*check.layer->weight]);
  ChannelView view{.values = to_float32(weight), .shape = weight.shape()};
  const auto size = [&](std::size_t axis) {
    return static_cast<std::size_t>(weight.shape()[axis]);
  };
  view.inputs_first = check.layer->axis == 1;
  view.outputs = size(view.inputs_first ? 1 : 0);
  view.groups = static_cast<std::size_t>(graph::attribute_int(node, "group", 1));
  view.inputs = size(view.inputs_first ? 0 : 1) * view.groups;
  for (std::size_t axis = 2; axis < weight.shape().size(); ++axis) view.inner *= size(axis);
  if (check.layer->bias)
    view.bias = to_float32(constants_.constant(node.inputs[*check.layer->bias]));
  return view;
}

std::vector<Equalizer::Pair> Equalizer::find_pairs() {
  const std::vector<Node>& nodes = network_.graph.nodes;
  const auto readers = graph::count_readers(network_.graph);
  std::unordered_map<std::string, std::size_t> reader;  // one of them
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& input : nodes[i].inputs) reader[input] = i;
    if (auto view = view_of(nodes[i])) views_.emplace(i, std::move(*view));
  }
  std::vector<Pair> pairs;
  for (const auto& [first, view] : views_) {
    std::string value = nodes[first].outputs.front();
    while (readers.of(value) == 1 && reader.contains(value)) {
      const std::size_t next = reader.at(value);
      if (nodes[next].inputs.front() != value) break;
      const auto second = views_.find(next);
      if (second != views_.end()) {
        const bool fits =
            second->second.inputs == view.outputs && nodes[next].op_type == nodes[first].op_type;
        if (fits) pairs.push_back({first, next});
        break;
      }
      if (!is_homogeneous(nodes[next])) break;
      value = nodes[next].outputs.front();
    }
  }
  return pairs;
}

bool Equalizer::equalize(const Pair& pair) {
  ChannelView& first = views_.at(pair.first);
  ChannelView& second = views_.at(pair.second);
  const std::vector<float> out = largest(first, first.outputs, &ChannelView::output_of);
  const std::vector<float> in = largest(second, first.outputs, &ChannelView::input_of);
  std::vector<float> divide(out.size(), 1.0F);
  std::vector<float> multiply(out.size(), 1.0F);
  bool moved = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 || in[i] == 0) continue;  // a dead channel stays as it is
    const float s = std::sqrt(out[i] / in[i]);
    if (!std::isnormal(s) || !std::isnormal(1 / s)) continue;
    moved = moved || std::abs(s - 1) > 1e-3F;
    divide[i] = 1 / s;
    multiply[i] = s;
  }
  scale(first, divide, &ChannelView::output_of);
  for (std::size_t i = 0; i < first.bias.size(); ++i) first.bias[i] *= divide[i];
  scale(second, multiply, &ChannelView::input_of);
  return moved;
}

Equalized Equalizer::run() {
  const std::vector<Pair> pairs = find_pairs();
  Equalized result{.network = network_, .pairs = pairs.size()};
  if (pairs.empty()) return result;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool moved = false;
    for (const Pair& pair : pairs) moved = equalize(pair) || moved;
    if (!moved) break;
  }
  ConstantWriter writer(result.network);
  for (auto& [index, view] : views_) {
    Node& node = result.network.graph.nodes[index];
    writer.replace(node, 1, ".equalized", Tensor::from<float>(view.shape, std::move(view.values)));
    if (view.bias.empty()) continue;
    const auto size = static_cast<std::int64_t>(view.bias.size());
    writer.replace(node, kBiasInput, ".equalized",
                   Tensor::from<float>({size}, std::move(view.bias)));
  }
  writer.finish();
  return result;
}

}  // namespace

Equalized equalized(const graph::Network& prepared) { return Equalizer(prepared).run(); }

}  // namespace gcompress::quantize

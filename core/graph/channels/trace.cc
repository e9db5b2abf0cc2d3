// Following a whole network, with one choice after the other where a reshape leaves one.
#include "gcompress/core/graph/channels/trace.h"

#include <algorithm>
#include <array>
#include <optional>

#include "gcompress/core/graph/channels/tracer.h"

namespace gcompress::graph {
namespace {

struct Probe {
  std::map<std::string, Shape> inputs;
  InferredShapes shapes;
};

// Nothing if the network does not take these sizes.
std::optional<Probe> shapes_at(const Network& network, std::int64_t batch, std::int64_t guess) {
  try {
    Probe probe{.inputs = concrete_input_shapes(network, batch, guess), .shapes = {}};
    probe.shapes = infer_shapes(network, probe.inputs);
    return probe;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Shapes at sizes that fit the network: two samples if it takes them, so that the batch is told
// from an axis of size 1; sizes that images, text lines and small pictures commonly have.
Probe probe_shapes(const Network& network) {
  constexpr std::array<std::int64_t, 3> kGuesses = {224, 48, 32};
  for (const std::int64_t batch : {2, 1}) {
    for (const std::int64_t guess : kGuesses) {
      if (auto probe = shapes_at(network, batch, guess)) return std::move(*probe);
    }
  }
  try {
    return {.inputs = {}, .shapes = infer_shapes(network)};
  } catch (const Error&) {
    return {};  // then nothing is followed
  }
}

void pin_value(ChannelTrace& trace, const std::string& name, const std::string& why) {
  const auto found = trace.values.find(name);
  if (found == trace.values.end()) return;
  for (const TracedAxis& axis : found->second) {
    if (axis.table != kFixedAxis) trace.labels.pin_table(axis.table, why);
  }
}

// Outputs of the network, and what subgraphs read from outside.
void pin_outside(const Graph& graph, ChannelTrace& trace) {
  for_each_graph(graph, [&](const std::string& scope, const Graph& inner) {
    for (const Value& output : inner.outputs) {
      pin_value(trace, output.name, scope.empty() ? "the network's output" : "read in a subgraph");
    }
    if (scope.empty()) return;
    for (const Node& node : inner.nodes) {
      for (const std::string& input : node.inputs) pin_value(trace, input, "read in a subgraph");
    }
  });
}

// One pass. `choices` by node; those of reshapes whose split pinned all channels move on.
struct Pass {
  ChannelTrace trace;
  std::map<std::size_t, int> splits;  // node -> table of the axis that it splits
};

Pass follow_all(const Network& network, const std::vector<Weight>& weights,
                const std::set<WeightId>& untouched, const Probe& probe, const AvoidedAxes& avoid,
                const std::map<std::size_t, std::size_t>& choices) {
  Pass pass;
  pass.trace.inputs = probe.inputs;
  pass.trace.shapes = probe.shapes;
  const ValueScope scope(network.graph, {});
  NodeTracer tracer(network, scope, weights, untouched, pass.trace);
  for (std::size_t i = 0; i < network.graph.nodes.size(); ++i) {
    const Node& node = network.graph.nodes[i];
    if (node.op_type == "Constant" && node.domain.empty()) continue;
    const auto choice = choices.find(i);
    tracer.follow(i, choice == choices.end() ? 0 : choice->second);
    if (tracer.split_axis() != kFixedAxis) pass.splits[i] = tracer.split_axis();
  }
  for (const auto& [place, why] : avoid) {
    const auto found = pass.trace.values.find(place.first);
    if (found == pass.trace.values.end()) continue;
    const TracedAxis& axis = found->second[place.second];
    if (axis.table != kFixedAxis) pass.trace.labels.pin_table(axis.table, why);
  }
  pin_outside(network.graph, pass.trace);
  return pass;
}

// All channels of the split axis are pinned, or so tied that only all of them could go.
bool failed(const AxisLabels& labels, int table) {
  const std::vector<int>& all = labels.table(table);
  const int first = labels.root(all.front());
  const bool single =
      std::ranges::all_of(all, [&](int label) { return labels.root(label) == first; });
  return single || std::ranges::all_of(all, [&](int label) { return labels.pinned(label); });
}

}  // namespace

std::int64_t kept_of(const ChannelTrace& trace, int table, const std::vector<bool>& gone) {
  return std::ranges::count_if(trace.labels.table(table), [&](int label) {
    const std::int32_t channel = trace.channel_of[static_cast<std::size_t>(label)];
    return channel < 0 || !gone[static_cast<std::size_t>(channel)];
  });
}

ChannelTrace trace_channels(const Network& network, const std::vector<Weight>& weights,
                            const std::set<WeightId>& untouched, const AvoidedAxes& avoid) {
  const Probe probe = probe_shapes(network);
  std::map<std::size_t, std::size_t> choices;
  constexpr std::size_t kMostChoices = 4;
  while (true) {
    Pass pass = follow_all(network, weights, untouched, probe, avoid, choices);
    bool again = false;
    for (const auto& [node, table] : pass.splits) {
      if (!failed(pass.trace.labels, table) || choices[node] + 1 >= kMostChoices) continue;
      ++choices[node];
      again = true;
    }
    if (!again) return std::move(pass.trace);
  }
}

}  // namespace gcompress::graph

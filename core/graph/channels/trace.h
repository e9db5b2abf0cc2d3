// What following a network's channels finds out: labels on the axes of values and stored tensors,
// and the parameters of nodes that change when channels go. Internal to channels/ and shrink.cc.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "gcompress/core/graph/channels/axis_labels.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

constexpr int kFixedAxis = -1;  // in place of a table: none of its indices can go

struct TracedAxis {
  int table = kFixedAxis;
  // True if all elements of a channel are 0 once all the parameters that make it are.
  bool zero = true;
  std::string why = {};  // of a fixed axis: what it is
};
using TracedAxes = std::vector<TracedAxis>;

// A stored tensor of the main graph: an initializer or a Constant node's output.
struct TracedConstant {
  Shape shape;
  bool parameter = false;        // masks cover it
  bool divides = false;          // so they must not: 0 is no divisor
  std::vector<bool> makes = {};  // by axis: it is the output axis of a layer
  std::vector<bool> reads = {};  // by axis: the layer sums over it
};

// A node's parameter that says how many channels there are.
struct Adjustment {
  enum class Kind { kShape, kSplit, kSlice, kGather, kPad, kGroups };
  Kind kind = Kind::kShape;
  std::size_t node = 0;
  // kShape: the input that lists sizes; entry p is that of axis axes[p] of the output.
  std::size_t input = 1;
  std::vector<std::int64_t> axes = {};
  // Others: the axis of the node's first input, and its place in the lists of a Slice.
  std::int64_t axis = 0;
  std::size_t place = 0;
  // kGroups: the attribute that counts them, and one label a group.
  std::string attribute = {};
  int table = kFixedAxis;
};

struct ChannelTrace {
  AxisLabels labels;
  std::unordered_map<std::string, TracedAxes> values;  // and constants, of the main graph
  std::map<std::string, TracedConstant> constants;     // those that followed nodes read
  std::vector<Adjustment> adjustments;
  std::vector<std::int32_t> channel_of;  // by label, once groups are known: a channel or -1
  std::map<std::string, Shape> inputs;   // sizes at which shapes were looked at; empty: as declared
  InferredShapes shapes;                 // at those sizes
};

// Axes of stored tensors whose channels must not go, and why.
using AvoidedAxes = std::map<std::pair<std::string, std::size_t>, std::string>;

// `untouched` weights are pinned.
ChannelTrace trace_channels(const Network& network, const std::vector<Weight>& weights,
                            const std::set<WeightId>& untouched, const AvoidedAxes& avoid);

// How many indices of an axis stay.
std::int64_t kept_of(const ChannelTrace& trace, int table, const std::vector<bool>& gone);

}  // namespace gcompress::graph

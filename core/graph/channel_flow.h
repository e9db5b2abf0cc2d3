// The network seen as channels: which operators make them, pass them on, join and read them.
//
// A followed value has channels along one axis, and each channel can be asked two things: is it
// constant (over samples and positions), and does anyone need it? Masks answer both in one walk
// forward and one back (channel_analysis.h). What is not followed reads all of its inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

constexpr int kNotFollowed = -1;  // in place of the index of a value or a constant

// A value whose channels lie along one axis.
struct ChannelValue {
  std::string name;
  std::int64_t channels = 0;
  int rank = -1;              // -1: unknown
  int axis = -1;              // counted from the end: -1 is the last
  bool runs = false;          // flattened: each channel is a run of equally many features
  bool one_position = false;  // all other axes but the first have size 1

  // The axis counted from the front; -1 if the rank is unknown.
  int front_axis() const { return rank < 0 ? -1 : rank + axis; }
};

// A constant tensor that a step reads. Pinned ones must not change: they are used elsewhere too,
// are no parameters, or the caller said so.
struct ChannelConstant {
  WeightId id;
  Tensor value;
  bool pinned = true;
};

// y = alpha W x + beta b for the channels of x, then optionally the batch norm that alone reads y:
// scale (y - mean) / sqrt(variance + epsilon) + shift. Without W: the normalisation of x itself.
struct LinearStep {
  int input = kNotFollowed;  // not followed: every input channel is live
  int output = kNotFollowed;
  int weight = kNotFollowed;
  int bias = kNotFollowed;
  double alpha = 1;
  double beta = 1;
  // W is stored as rows of columns * taps elements. Rows are outputs, each reading the `columns`
  // channels of its group, `taps` elements a channel; or rows are inputs, `taps` rows a channel,
  // and columns are outputs (one group).
  bool rows_are_outputs = true;
  std::int64_t groups = 1;
  std::int64_t outputs = 0;
  std::int64_t columns = 0;
  std::int64_t taps = 1;
  std::vector<bool> safe_taps;  // taps that never see zero padding

  bool normalised = false;
  int scale = kNotFollowed;
  int shift = kNotFollowed;
  int mean = kNotFollowed;
  int variance = kNotFollowed;
  double epsilon = 0;
};

// Channels passed on one by one: activations, pooling, padding, slicing, concatenation, flattening.
struct MapStep {
  struct Source {
    std::size_t input = 0;      // index into inputs
    std::int64_t channel = -1;  // -1: a new channel, constantly `fill`
  };
  std::vector<int> inputs;
  int output = kNotFollowed;
  std::vector<Source> sources;  // one an output channel; empty: channel i of the one input
  double fill = 0;
  std::optional<double> border;  // positions with this value are added: only that constant passes
  std::function<double(double)> function;  // empty: unchanged
};

// y = x m or x / m, m one number or one a channel.
struct ScaleStep {
  int input = kNotFollowed;
  int output = kNotFollowed;
  int factor = kNotFollowed;
  bool divides = false;
};

// y = input_sign x + shift_sign b.
struct ShiftStep {
  int input = kNotFollowed;
  int output = kNotFollowed;
  int shift = kNotFollowed;
  double input_sign = 1;
  double shift_sign = 1;
};

// y = a + sign b, or a b, channel by channel.
struct PairStep {
  int first = kNotFollowed;
  int second = kNotFollowed;
  int output = kNotFollowed;
  bool multiplies = false;
  double sign = 1;
};

// Reads all of its inputs: outputs of the network and operators that are not followed.
struct BarrierStep {
  std::vector<int> inputs;
};

using ChannelStep = std::variant<LinearStep, MapStep, ScaleStep, ShiftStep, PairStep, BarrierStep>;

struct ChannelFlow {
  std::vector<ChannelValue> values;
  std::vector<ChannelConstant> constants;
  std::vector<ChannelStep> steps;                          // in topological order
  std::vector<std::pair<WeightId, std::int64_t>> counted;  // parameters that count, and their sizes
};

// `untouched` weights are pinned and do not count. The main graph is followed, subgraphs are not.
ChannelFlow make_channel_flow(const Network& network, const std::vector<Weight>& weights,
                              const std::set<WeightId>& untouched);

}  // namespace gcompress::graph

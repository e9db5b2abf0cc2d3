// Groups of channels that can only go together, over all the weights and values of a network.
//
// A channel begins where a layer makes it (rows of a kernel or matrix, heads of an attention) and
// goes on through whatever passes it: biases, normalisation, sums with other channels, splits,
// concatenations, reshapes, up to the layers that read it. All of that goes with it. Channels that
// meet one by one (a residual sum) are one channel; channels that always appear side by side are a
// group. docs/channels.md says what is followed.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

struct ChannelTrace;

// How a stored tensor takes part in a group.
enum class ChannelRole {
  kMakes,    // the output axis of a kernel, a matrix, an embedding
  kReads,    // its input axis
  kFollows,  // a bias, a normalisation, statistics
};

// One axis of a stored tensor of the main graph. Depthwise kernels make and read: two members.
struct ChannelMember {
  WeightId id;
  std::int64_t axis = 0;
  ChannelRole role = ChannelRole::kMakes;
  bool parameter = false;  // masks cover it
  bool prunable = false;   // a weight that criteria score
  // The channel that each index of the axis belongs to (counted over all groups), or -1: another
  // group's, or one that stays.
  std::vector<std::int32_t> channel_of;
};

struct ChannelGroup {
  std::string name;        // of the first layer that makes it
  std::int64_t first = 0;  // of its channels, counted over all removable groups; -1: none can go
  std::int64_t channels = 0;
  std::int64_t floor = 1;  // that must stay; 0 where others stay beside it on all its axes
  std::vector<ChannelMember> members;
  std::string why_not;  // why none of it can go, in a short clause; empty if it can

  bool removable() const { return why_not.empty(); }
};

struct ChannelGroups {
  std::vector<ChannelGroup> groups;  // in the order of the layers that make them
  std::int64_t channels = 0;         // of all removable groups
  // True for channels that something reads whose share no weight shows (a product of activations).
  std::vector<bool> read_elsewhere;
  std::shared_ptr<const ChannelTrace> trace;  // what removing needs; internal
};

// One flag for each channel of all removable groups: true goes.
using ChannelSet = std::vector<bool>;

// `untouched` weights are not changed: channels of theirs stay. The main graph is followed. Takes
// well under a second for networks of a hundred layers. Thread-safe.
ChannelGroups find_channel_groups(const Network& network, const std::vector<Weight>& weights,
                                  const std::set<WeightId>& untouched = {});

// Masks of everything that these channels hold; weights that lose nothing have none.
Masks masks_of(const ChannelGroups& groups, const ChannelSet& gone);

// Channels that nobody reads any more: all that reads them is 0. (What reads nothing but zeros is
// such a channel once graph::fold_dead_channels went over it.) Each group keeps its floor.
ChannelSet dead_channels(const Network& network, const ChannelGroups& groups);

}  // namespace gcompress::graph

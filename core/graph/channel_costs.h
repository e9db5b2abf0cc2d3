// What a network would cost without some of its channels, without making it.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "gcompress/core/graph/channel_groups.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

struct ChannelCost {
  std::int64_t parameters = 0;  // of the weights that count, tied ones once
  std::int64_t flops = 0;       // at the given shapes; nodes whose FLOPs are not known left out
};

// Thread-safe once made. Equal to what graph::cost says of the network without these channels.
class ChannelCosts {
 public:
  // `outside`: weights that do not count. `shapes`: of one sample (graph::cost).
  ChannelCosts(const Network& network, const ChannelGroups& groups,
               const std::vector<Weight>& weights, const std::set<WeightId>& outside,
               const InferredShapes& shapes);

  ChannelCost without(const ChannelSet& gone) const;

 private:
  struct WeightAxes {
    std::int64_t others = 1;  // product of the axes that do not change
    std::vector<int> tables;  // of those that do
  };

  Network network_;
  std::shared_ptr<const ChannelTrace> trace_;
  std::vector<WeightAxes> weights_;
  std::int64_t fixed_flops_ = 0;  // of nodes that no channel goes through
  std::vector<std::size_t> changing_nodes_;
  InferredShapes shapes_;  // of what those read and put out
};

}  // namespace gcompress::graph

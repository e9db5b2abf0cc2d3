// Folding dead channels, and counting what folding would keep.
#include "gcompress/core/graph/dead_channels.h"

#include "gcompress/core/graph/channel_analysis.h"
#include "gcompress/core/graph/channel_flow.h"

namespace gcompress::graph {

FoldedNetwork fold_dead_channels(const Network& network, const Masks& masks,
                                 const std::set<WeightId>& untouched) {
  return fold_dead_channels(network, find_weights(network), masks, untouched);
}

FoldedNetwork fold_dead_channels(const Network& network, const std::vector<Weight>& weights,
                                 const Masks& masks, const std::set<WeightId>& untouched) {
  const ChannelFlow flow = make_channel_flow(network, weights, untouched);
  const std::map<WeightId, Tensor> as_stored;  // the analysis refers to it as long as it lives
  const ChannelAnalysis analysis(flow, masks, as_stored, true);
  FoldedNetwork result;
  result.masks = analysis.masks();
  result.kept = analysis.kept();
  result.dead_channels = analysis.dead_channels();
  result.network = apply_masks(with_weights(network, analysis.changed_values()), result.masks);
  return result;
}

struct DeadChannelCounter::State {
  ChannelFlow flow;
};

DeadChannelCounter::DeadChannelCounter(const Network& network)
    : DeadChannelCounter(network, find_weights(network), {}) {}

DeadChannelCounter::DeadChannelCounter(const Network& network, const std::vector<Weight>& weights,
                                       const std::set<WeightId>& untouched)
    : state_(std::make_unique<State>(State{make_channel_flow(network, weights, untouched)})) {}

DeadChannelCounter::~DeadChannelCounter() = default;
DeadChannelCounter::DeadChannelCounter(DeadChannelCounter&&) noexcept = default;
DeadChannelCounter& DeadChannelCounter::operator=(DeadChannelCounter&&) noexcept = default;

std::int64_t DeadChannelCounter::kept_parameters(const Masks& masks,
                                                 const std::map<WeightId, Tensor>& values) const {
  return ChannelAnalysis(state_->flow, masks, values, true).kept();
}

KeptCounts DeadChannelCounter::kept_by_weight(const Masks& masks,
                                              const std::map<WeightId, Tensor>& values) const {
  return ChannelAnalysis(state_->flow, masks, values, true).kept_by_weight();
}

Masks DeadChannelCounter::without_idle(const Masks& masks,
                                       const std::map<WeightId, Tensor>& values) const {
  return ChannelAnalysis(state_->flow, masks, values, false).masks();
}

}  // namespace gcompress::graph

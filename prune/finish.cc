// The end of pruning: dead channels folded, parameters counted layer by layer.
#include <algorithm>

#include "gcompress/prune/prune.h"

namespace gcompress::prune {

PruneResult finish(const graph::Network& trained, const Plan& plan, const graph::Masks& masks,
                   const std::vector<graph::WeightId>& floored) {
  graph::FoldedNetwork folded =
      graph::fold_dead_channels(trained, plan.weights, masks, outside_of(plan));
  PruneResult result;
  result.kept = folded.kept;
  result.dead_channels = folded.dead_channels;
  for (const graph::Weight& weight : plan.weights) {
    const auto mask = folded.masks.find(weight.id);
    result.layers.push_back(
        {.id = weight.id,
         .layer = weight.layer,
         .role = graph::name_of(weight.role),
         .size = weight.size(),
         .kept = mask == folded.masks.end() ? weight.size() : mask->second.kept(),
         .floored = std::ranges::find(floored, weight.id) != floored.end()});
  }
  for (const std::size_t i : plan.outside) result.layers[i].outside = true;
  graph::KeptCounts counts;
  for (const LayerKept& layer : result.layers) {
    if (!layer.outside) counts[layer.id] = layer.kept;
  }
  result.cost = plan.cost.cost(counts);
  for (const std::size_t i : plan.pruned) {
    result.pruned_all += result.layers[i].size;
    result.pruned_kept += result.layers[i].kept;
  }
  result.network = std::move(folded.network);
  result.masks = std::move(folded.masks);
  return result;
}

}  // namespace gcompress::prune

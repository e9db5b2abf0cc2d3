// Global allocation: one cut through the scores of all layers. Layers that would fall below their
// floor keep their floor's best, and the others share what is left.
#include <algorithm>
#include <memory>
#include <numeric>

#include "gcompress/prune/allocate_rows.h"
#include "gcompress/prune/ranking.h"

namespace gcompress::prune {
namespace {

Allocation allocate(Ranking& ranking, std::int64_t keep) {
  std::vector<std::size_t> free(ranking.layers());  // layers that no floor holds
  std::iota(free.begin(), free.end(), std::size_t{0});
  std::vector<std::size_t> held;
  Cut cut;
  // Holding a layer leaves less to the others, so more may reach their floor.
  while (true) {
    cut = ranking.cut(free, keep);
    const std::vector<std::int64_t> kept = ranking.kept_by(free, cut);
    std::vector<std::size_t> still_free;
    for (std::size_t i = 0; i < free.size(); ++i) {
      const std::int64_t floor = ranking.floor(free[i]);
      if (kept[i] >= floor) {
        still_free.push_back(free[i]);
        continue;
      }
      held.push_back(free[i]);
      keep -= floor;
    }
    if (still_free.size() == free.size()) break;
    free = std::move(still_free);
  }
  Allocation result;
  for (const std::size_t layer : free) {
    result.masks[ranking.inputs().weights[layer]->id] = ranking.mask(layer, cut);
  }
  for (const std::size_t layer : held) {
    const std::size_t one[] = {layer};
    Cut own = ranking.cut(one, ranking.floor(layer));
    const graph::WeightId& id = ranking.inputs().weights[layer]->id;
    result.masks[id] = ranking.mask(layer, own);
    result.floored.push_back(id);
  }
  return result;
}

}  // namespace

Allocator prepare_global(AllocateInputs inputs) {
  const AllocationLimits limits = allocation_limits(inputs);
  auto ranking = std::make_shared<Ranking>(std::move(inputs));
  return [ranking, limits](std::int64_t keep) {
    const std::int64_t clamped = std::clamp(keep, limits.least, limits.most);
    Allocation result = allocate(*ranking, clamped);
    result.kept = clamped;
    return result;
  };
}

}  // namespace gcompress::prune

// Layer-wise allocation: every layer keeps the same share of its elements.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "gcompress/prune/allocate_rows.h"
#include "gcompress/prune/ranking.h"

namespace gcompress::prune {
namespace {

// Splits `keep` over the layers in proportion to their sizes: the largest remainders get one more,
// ties going to the earlier layer.
std::vector<std::int64_t> proportional(const Ranking& ranking,
                                       const std::vector<std::size_t>& layers, std::int64_t keep) {
  std::int64_t all = 0;
  for (const std::size_t layer : layers) all += ranking.size(layer);
  std::vector<std::int64_t> shares;
  std::vector<long double> remainders;
  std::int64_t left = keep;
  for (const std::size_t layer : layers) {
    const long double share = static_cast<long double>(keep) *
                              static_cast<long double>(ranking.size(layer)) /
                              static_cast<long double>(all);
    shares.push_back(static_cast<std::int64_t>(std::floor(share)));
    remainders.push_back(share - std::floor(share));
    left -= shares.back();
  }
  std::vector<std::size_t> order(layers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; left > 0 && !order.empty(); i = (i + 1) % order.size(), --left) {
    ++shares[order[i]];
  }
  return shares;
}

// What each layer keeps. Layers beyond a limit (floor, what is present) are settled at it, those
// of the side that weighs more first, and the rest is split anew.
std::vector<std::int64_t> split(const Ranking& ranking, std::int64_t keep,
                                std::vector<bool>& floored) {
  std::vector<std::int64_t> result(ranking.layers());
  std::vector<std::size_t> open(ranking.layers());
  std::iota(open.begin(), open.end(), std::size_t{0});
  while (!open.empty()) {
    const std::vector<std::int64_t> shares = proportional(ranking, open, keep);
    std::int64_t below = 0;  // what the floors add
    std::int64_t above = 0;  // what is not there to keep
    for (std::size_t i = 0; i < open.size(); ++i) {
      below += std::max<std::int64_t>(0, ranking.floor(open[i]) - shares[i]);
      above += std::max<std::int64_t>(0, shares[i] - ranking.present(open[i]));
    }
    const bool settle_floors = below >= above && below > 0;
    const bool settle_present = above > below;
    std::vector<std::size_t> still_open;
    std::int64_t left = keep;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const std::size_t layer = open[i];
      result[layer] = shares[i];
      if (settle_floors && shares[i] < ranking.floor(layer)) {
        result[layer] = ranking.floor(layer);
        floored[layer] = true;
      } else if (settle_present && shares[i] > ranking.present(layer)) {
        result[layer] = ranking.present(layer);
      } else {
        still_open.push_back(layer);
        continue;
      }
      left -= result[layer];
    }
    if (still_open.size() == open.size()) break;
    open = std::move(still_open);
    keep = left;
  }
  return result;
}

Allocation allocate(Ranking& ranking, std::int64_t keep) {
  std::vector<bool> floored(ranking.layers(), false);
  const std::vector<std::int64_t> shares = split(ranking, keep, floored);
  Allocation result;
  for (std::size_t layer = 0; layer < ranking.layers(); ++layer) {
    const std::size_t one[] = {layer};
    Cut cut = ranking.cut(one, shares[layer]);
    const graph::WeightId& id = ranking.inputs().weights[layer]->id;
    result.masks[id] = ranking.mask(layer, cut);
    result.kept += shares[layer];
    if (floored[layer]) result.floored.push_back(id);
  }
  return result;
}

}  // namespace

Allocator prepare_layerwise(AllocateInputs inputs) {
  const AllocationLimits limits = allocation_limits(inputs);
  auto ranking = std::make_shared<Ranking>(std::move(inputs));
  return [ranking, limits](std::int64_t keep) {
    return allocate(*ranking, std::clamp(keep, limits.least, limits.most));
  };
}

}  // namespace gcompress::prune

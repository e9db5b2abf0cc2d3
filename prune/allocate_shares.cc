// Allocations that fix how much of each layer stays before any score is looked at.
#include "gcompress/prune/allocate_shares.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "gcompress/prune/ranking.h"

namespace gcompress::prune {
namespace {

// Splits `keep` over the layers in proportion: the largest remainders get one more, ties going to
// the earlier layer.
std::vector<std::int64_t> proportional(const std::vector<double>& portions,
                                       const std::vector<std::size_t>& layers, std::int64_t keep) {
  long double all = 0;
  for (const std::size_t layer : layers) all += static_cast<long double>(portions[layer]);
  std::vector<std::int64_t> shares;
  std::vector<long double> remainders;
  std::int64_t left = keep;
  for (const std::size_t layer : layers) {
    const long double share =
        all == 0 ? 0
                 : static_cast<long double>(keep) * static_cast<long double>(portions[layer]) / all;
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
std::vector<std::int64_t> split(const Ranking& ranking, const std::vector<double>& portions,
                                std::int64_t keep, std::vector<bool>& floored) {
  std::vector<std::int64_t> result(ranking.layers());
  std::vector<std::size_t> open(ranking.layers());
  std::iota(open.begin(), open.end(), std::size_t{0});
  while (!open.empty()) {
    const std::vector<std::int64_t> shares = proportional(portions, open, keep);
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

Allocation allocate(Ranking& ranking, const std::vector<double>& portions, std::int64_t keep) {
  std::vector<bool> floored(ranking.layers(), false);
  const std::vector<std::int64_t> shares = split(ranking, portions, keep, floored);
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

Allocator prepare_shares(AllocateInputs inputs, PortionsOf portions_of) {
  const AllocationLimits limits = allocation_limits(inputs);
  auto ranking = std::make_shared<Ranking>(std::move(inputs));
  return [ranking, limits, portions_of](std::int64_t keep) {
    const std::int64_t clamped = std::clamp(keep, limits.least, limits.most);
    return allocate(*ranking, portions_of(ranking->inputs(), clamped), clamped);
  };
}

}  // namespace gcompress::prune

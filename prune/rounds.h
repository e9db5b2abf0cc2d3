// Pruning in rounds: each cuts a share of what is left, and training stands between them.
#pragma once

#include <cstdint>

#include "gcompress/prune/prune.h"

namespace gcompress::prune {

// What may be kept after round `round` of `rounds` (from 1), every round keeping the same share:
// all * target^(round / rounds), the target's own after the last.
double geometric_budget(const Plan& plan, std::int64_t round, std::int64_t rounds);

struct RoundCut {
  graph::Masks masks;
  std::vector<graph::WeightId> floored;
};

// Cuts the network, as the last round left it, to a budget; what `within`
// removed stays removed. `last`: the masks also cover biases and scales of channels that died, so
// that training on wakes nothing. Throws Error(kUsage) for criteria that work only while the
// network trains, and for budgets below what must stay.
RoundCut cut_round(const graph::Network& network, const Plan& plan, const PruneOptions& options,
                   const graph::Masks& within, double budget, bool last, ScoreInputs evidence = {});

}  // namespace gcompress::prune

// One cut: the masks that keep the most of a network within a budget.
#pragma once

#include <map>

#include "gcompress/core/graph/dead_channels.h"
#include "gcompress/prune/prune.h"
#include "gcompress/prune/search.h"

namespace gcompress::prune {

// All parameters of a network, as CutInputs and DeadChannelCounter want them.
std::map<graph::WeightId, Tensor> values_of(const graph::Network& network);

struct CutInputs {
  const graph::Network& network;  // what values does not hold is taken from here
  const Plan& plan;
  const PruneOptions& options;
  const graph::DeadChannelCounter& counter;  // of the plan's network
  double budget = 0;                         // in the plan's cost
  // What a schedule keeps at this point: patterns relax (PatternOptions::density).
  double density = 0;
  std::map<graph::WeightId, Tensor> values = {};
  ScoreInputs evidence = {};              // factors and the seed are filled in here
  const graph::Masks* within = nullptr;   // what was removed before stays removed
  const graph::Masks* protect = nullptr;  // these elements go last
  // What these masks remove comes back only where it scores (1 + margin) times what it displaces.
  const graph::Masks* against = nullptr;
  double margin = 0;
};

// The largest prefix of the scores whose effective cost fits the budget.
FittingPrefix cut(CutInputs inputs);

}  // namespace gcompress::prune

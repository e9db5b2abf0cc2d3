// Batch normalisation as a graph rewrite, and as a factor for scoring.
#pragma once

#include <map>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

// For each kernel or matrix directly followed by a BatchNormalization alone: the factor
// scale / sqrt(variance + epsilon) of each output channel. Magnitudes before folding are
// scale-arbitrary, so scores are multiplied by |factor|.
std::map<WeightId, std::vector<float>> batch_norm_factors(const Network& network,
                                                          const std::vector<Weight>& weights);

// The network with such normalisations folded into the weights before them; outputs equal up to
// rounding. Others stay.
Network fold_batch_norms(const Network& network);

}  // namespace gcompress::graph

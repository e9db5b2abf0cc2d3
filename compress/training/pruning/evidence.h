// What the attempt's criterion looks at besides the weights.
#pragma once

#include "gcompress/compress/training/pruning/attempt.h"
#include "gcompress/prune/criterion.h"

namespace gcompress::compress {

// Of this network, on training data; nothing for criteria that do not look at data.
prune::ScoreInputs gather_evidence(const PruneAttempt& attempt, const graph::Network& network);

// The same of the attempt's network with the weights of a fit in progress, and what the fit knows.
prune::ScoreInputs evidence_of(const PruneAttempt& attempt, const train::WeightState& weights);

}  // namespace gcompress::compress

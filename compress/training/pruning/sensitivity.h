// How much worse the network gets when one layer alone is pruned, measured on the tuning split.
#pragma once

#include <map>

#include "gcompress/compress/training/pruning/attempt.h"
#include "gcompress/prune/allocate.h"

namespace gcompress::compress {

// Read from the file of --sensitivity if it is there; else measured, and written there if it is
// named. A loss is the squared distance of the outputs from the dense network's over the square of
// these, on at most 512 samples, with one layer cut by the attempt's criterion and pattern to each
// of some densities and the others whole.
std::map<graph::WeightId, prune::SensitivityCurve> measure_sensitivity(const PruneAttempt& attempt);

}  // namespace gcompress::compress

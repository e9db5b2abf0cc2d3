// The shapes that a network's values have for one sample, for costs.
#pragma once

#include <map>
#include <string>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::compress {

// Shapes at batch 1. Input sizes come from the data where there is some (may be null); what is left
// open is guessed, and where a guess does not fit the network, it stays symbolic (its FLOPs are
// then unknown).
graph::InferredShapes shapes_of_one_sample(const graph::Network& network,
                                           const data::Dataset* data);

}  // namespace gcompress::compress

// Batch-norm statistics after pruning.
#pragma once

#include <string>
#include <vector>

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// The network with batch-norm statistics measured anew on training data, if that is better on the
// tuning split (or, without labels, nearer to the dense outputs); else the network itself. Says
// which in `notes`. A network without batch norm comes back unchanged, and nothing is said.
graph::Network recalibrate_if_better(const graph::Network& network, const graph::Network& dense,
                                     const StageState& state, const StageContext& context,
                                     std::vector<std::string>& notes);

}  // namespace gcompress::compress

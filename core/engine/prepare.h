// A network as the engine plans it: what others than training need not know is gone.
#pragma once

#include "gcompress/core/graph/network.h"

namespace gcompress::engine {

// Batch norms folded into layers, and every Split whose sizes are known before it runs replaced by
// a Slice for each of its outputs: a step makes one value.
graph::Network prepared(const graph::Network& network);

}  // namespace gcompress::engine

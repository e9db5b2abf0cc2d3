// A float32 network in another floating type.
#pragma once

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// Weights, constants, casts and declared values of float32 become `dtype` (rounded to nearest), in
// subgraphs too. What an operator demands in float32 all the same (the scales of Resize) changes as
// well: a runtime that minds refuses the network.
Network with_float_type(const Network& network, DataType dtype);

}  // namespace gcompress::graph

// What both steps do first.
#pragma once

#include "gcompress/core/graph/network.h"

namespace gcompress::quantize {

// At a quantizing opset, constants as initializers, batch norms folded, a bias added to a product
// of matrices part of it. Values keep their names. Throws Error(kInput) if the network is
// quantized.
graph::Network prepared(const graph::Network& network);

}  // namespace gcompress::quantize

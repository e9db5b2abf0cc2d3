// Cross-layer equalisation (Nagel et al. 2019, "Data-free quantization through weight equalization
// and bias correction", section 4.1): channels between two layers are scaled so that both sides
// spread alike. What lies between must be positively homogeneous, f(s x) = s f(x) for s > 0, so the
// network computes the same:
//   W1_i / s_i, b1_i / s_i, s_i W2_i   with s_i = sqrt(r1_i r2_i) / r2_i,
// r1_i the largest weight of output channel i of the first layer, r2_i that of input channel i of
// the second.
#pragma once

#include <cstddef>

#include "gcompress/core/graph/network.h"

namespace gcompress::quantize {

struct Equalized {
  graph::Network network;
  std::size_t pairs = 0;  // of layers; 0: nothing to equalize
};

// Of a prepared network: Conv followed by Conv, Gemm by Gemm, directly or through rectifiers
// without an upper bound and pooling, with no other reader in between.
Equalized equalized(const graph::Network& prepared);

}  // namespace gcompress::quantize

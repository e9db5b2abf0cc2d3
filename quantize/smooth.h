// SmoothQuant (Xiao et al. 2022, "SmoothQuant: accurate and efficient post-training quantization
// for large language models", equations 3 and 4): where a few features of what a product of
// matrices reads are far larger than the others, they move into the weight,
//   (X / s) (s W)   with s_j = max|X_j|^strength / max|W_j|^(1 - strength),
// W_j over all products that read X. The division goes into the constants that X was just
// multiplied by and shifted with (a layer normalisation), else into a multiplication of its own.
#pragma once

#include <cstddef>

#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/probe.h"

namespace gcompress::quantize {

struct Smoothed {
  graph::Network network;
  std::size_t values = 0;    // smoothed
  std::size_t inserted = 0;  // with a multiplication of their own
};

// Of a prepared network: all values that MatMul or Gemm with a constant matrix read.
Smoothed smoothed(const graph::Network& prepared, double strength, const Samples& samples);

}  // namespace gcompress::quantize

// Bias correction: what rounding adds to a layer's mean output is taken off its bias (Nagel et al.
// 2019, "Data-free quantization through weight equalization and bias correction", section 4.2; the
// means are those of samples):
//   b' = b - (E[W_q x_q] - E[W x])   for each output channel,
// x what the float network gives the layer, x_q and W_q the same rounded. Each layer answers for
// its own rounding only, so all are corrected from one run.
#pragma once

#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/adjust.h"
#include "gcompress/quantize/calibrate.h"
#include "gcompress/quantize/quantize.h"

namespace gcompress::quantize {

// The adjustments with biases added for all Conv and Gemm that the options put on integers (a
// MatMul has none). Weights are those of the adjustments, rounded by the ranges and options. Throws
// as observe() does.
Adjustments with_corrected_biases(const graph::Network& prepared, Adjustments adjustments,
                                  const Ranges& ranges, const QuantizeOptions& options,
                                  const Samples& samples);

}  // namespace gcompress::quantize

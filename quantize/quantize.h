// Post-training quantization to int8: float networks in, quantize/dequantize networks out.
//
// Calibrating (calibrate.h) and quantizing first prepare the network alike (prepare.h) and make the
// same plan (plan.h), so they speak of the same values.
#pragma once

#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/calibrate.h"
#include "gcompress/quantize/plan.h"

namespace gcompress::quantize {

struct QuantizeOptions {
  // Weights of 7 bits, for processors without VNNI (core/graph/qdq/arithmetic.h).
  bool reduced_range = false;
  graph::ActivationType activations = graph::ActivationType::kUint8;
  KeepFloat keep_float = {};
  // Weights and biases stay floating; weights are rounded to their integers whenever the network
  // runs. For training with the rounding in place: gradients pass it straight through.
  bool floating_weights = false;
};

struct Quantized {
  graph::Network network;
  Plan plan;  // of the prepared network
};

// Activations with one scale a tensor, weights int8 with one a channel, symmetric; biases int32. A
// layer whose input has no range stays float. Throws Error(kInput) if the network is already
// quantized, Error(kUnsupported) if its opset cannot be raised.
Quantized quantize(const graph::Network& network, const Ranges& ranges,
                   const QuantizeOptions& options);

}  // namespace gcompress::quantize

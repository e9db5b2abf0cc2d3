// Post-training quantization to int8: float networks in, quantize/dequantize networks out.
//
// Both steps first prepare the network alike (prepare.h) and make the same plan (plan.h), so they
// speak of the same values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/plan.h"

namespace gcompress::quantize {

struct Range {
  float low = 0;
  float high = 0;
};
using Ranges = std::map<std::string, Range>;  // by value

struct CalibrateOptions {
  std::int64_t samples = 300;    // at most: a seeded subset of the data
  std::int64_t batch_size = 16;  // memory holds the activations of one batch
};

// The smallest and largest element that each value to be quantized takes on the samples. `data` is
// the tuning split: calibrating selects. Throws Error(kInput) if the network is already quantized
// or a value is NaN or infinite, Error(kUnsupported) if its opset cannot be raised, Error(kUsage)
// where data and network do not fit or there is no data.
Ranges calibrate(const graph::Network& network, const execute::ExecutorFactory& make_executor,
                 const data::Dataset& data, const CalibrateOptions& options,
                 const RunContext& context);

struct QuantizeOptions {
  // Weights of 7 bits, for processors without VNNI (core/graph/qdq/arithmetic.h).
  bool reduced_range = false;
};

struct Quantized {
  graph::Network network;
  std::size_t layers = 0;                 // on integers
  std::vector<StayedFloat> stayed_float;  // the other layers
};

// Activations uint8 with one scale a tensor, weights int8 with one a channel, symmetric; biases
// int32. A layer whose input has no range stays float. Throws as calibrate() does.
Quantized quantize(const graph::Network& network, const Ranges& ranges,
                   const QuantizeOptions& options);

}  // namespace gcompress::quantize

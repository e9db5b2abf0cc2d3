// What values a network's activations take on samples, and ranges for their integers.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/calibrators.h"
#include "gcompress/quantize/probe.h"

namespace gcompress::quantize {

using Observations = std::map<std::string, Histogram>;  // by value of the prepared network
using Ranges = std::map<std::string, Range>;

// Runs the float network on the samples and counts each value that may be quantized. `data` is the
// tuning split, or samples of the user's: calibrating selects. Labels are not looked at. Throws
// Error(kInput) if the network is already quantized or a value is NaN or infinite,
// Error(kUnsupported) if its opset cannot be raised, Error(kUsage) where data and network do not
// fit or there is no data.
Observations observe(const graph::Network& network, const execute::ExecutorFactory& make_executor,
                     const data::Dataset& data, const CalibrateOptions& options,
                     const RunContext& context);

Ranges ranges_of(const Observations& observations, const CalibratorRow& calibrator,
                 const CalibratorOptions& options = {});

}  // namespace gcompress::quantize

// Finds the way of quantizing a network that keeps closest to its float self: what is tried, judged
// on the tuning split, and kept or not.
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/calibrate.h"
#include "gcompress/quantize/judge.h"
#include "gcompress/quantize/quantize.h"

namespace gcompress::quantize {

struct SearchOptions {
  std::string calibrator = "auto";  // auto: the one that comes nearest
  CalibratorOptions range = {};
  QuantizeOptions quantize = {};
  CalibrateOptions calibrate = {};
  double goal = 0.01;  // a drop on the tuning split that is no more than this is good enough
};

// What quantizing is given besides the network.
struct Bench {
  const data::Dataset& calibration;
  const execute::ExecutorFactory& make_executor;
  const Judge& judge;  // of the float network
  const RunContext& context;
};

struct Found {
  graph::Network prepared;  // the float network that was quantized
  Quantized quantized;
  std::string calibrator;
  std::int64_t calibrated_on = 0;  // samples
  Verdict verdict;
  std::vector<std::string> notes;  // what each thing tried came to, a sentence each
};

// Throws Error(kUnsupported) if no layer can run on integers; else as observe() does.
Found search(const graph::Network& network, const SearchOptions& options, const Bench& bench);

}  // namespace gcompress::quantize

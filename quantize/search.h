// Finds the way of quantizing a network that keeps closest to its float self: what is tried, judged
// on the tuning split, and kept or not.
//
// In this order: a calibrator; equalisation; smoothing; bias correction; where that is not good
// enough, learned rounding; where that is not, layers left float, first those that lose most for
// the work that they do. Where it is asked for, training with the rounding in place comes before
// the last two.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/quantize/calibrate.h"
#include "gcompress/quantize/judge.h"
#include "gcompress/quantize/quantize.h"
#include "gcompress/quantize/rounding.h"

namespace gcompress::quantize {

// kAuto keeps what brings the network nearer to the float one, and tries what is dear only where it
// is needed; kOn keeps it in any case.
enum class Choice { kAuto, kOn, kOff };

struct SearchOptions {
  std::string calibrator = "auto";  // auto: the one that comes nearest
  CalibratorOptions range = {};
  QuantizeOptions quantize = {};
  CalibrateOptions calibrate = {};
  Choice equalize = Choice::kAuto;
  Choice smooth = Choice::kAuto;
  double smooth_strength = 0.5;
  Choice bias_correction = Choice::kAuto;
  Choice rounding = Choice::kAuto;         // learned
  Choice mixed_precision = Choice::kAuto;  // kOn is as kAuto
  double goal = 0.01;      // a drop on the tuning split that is no more than this is good enough
  double near_enough = 0;  // a distance that is good enough, too, whatever the drop
  std::int64_t sensitivity_samples = 64;  // that rank layers
};

// Shapes of a network's values for one sample.
using ShapesOf = std::function<graph::InferredShapes(const graph::Network& network)>;

// Trains a network whose weights are rounded whenever it runs (QuantizeOptions::floating_weights).
using TrainRounded = std::function<graph::Network(const graph::Network& rounded)>;

// What quantizing is given besides the network.
struct Bench {
  const data::Dataset& calibration;
  const execute::ExecutorFactory& make_executor;
  const Judge& judge;           // of the float network
  const MomentSource& moments;  // may be empty: no learned rounding
  const ShapesOf& shapes_of;
  const RunContext& context;
  TrainRounded train = {};  // empty: nothing is trained
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

// From the distribution of a value to the range that its integers span.
#pragma once

#include <span>
#include <string>

#include "gcompress/core/graph/qdq/arithmetic.h"
#include "gcompress/quantize/histogram.h"

namespace gcompress::quantize {

struct Range {
  float low = 0;
  float high = 0;
};

struct CalibratorOptions {
  double percentile = 99.99;  // of the numbers, kept by the calibrator of that name
  graph::ActivationType activations = graph::ActivationType::kUint8;
};

// Ranges hold 0 and lie within the extremes.
struct CalibratorRow {
  std::string name;
  std::string summary;
  Range (*range)(const Histogram& histogram, const CalibratorOptions& options);
};

// min-max, percentile, entropy, mse.
std::span<const CalibratorRow> calibrators();
// Throws Error(kUsage), with the names there are.
const CalibratorRow& calibrator(const std::string& name);

}  // namespace gcompress::quantize

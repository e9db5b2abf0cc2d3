// Running samples through the network and counting what its values are.
#include "gcompress/quantize/calibrate.h"

#include <set>

#include "gcompress/core/graph/shapes.h"
#include "gcompress/quantize/plan.h"
#include "gcompress/quantize/prepare.h"
#include "gcompress/quantize/probe.h"

namespace gcompress::quantize {
namespace {

// Values that are not float32 cannot be quantized.
bool may_be_float(const graph::InferredShapes& shapes, const std::string& value) {
  const auto found = shapes.find(value);
  return found == shapes.end() || found->second.dtype == DataType::kUndefined ||
         found->second.dtype == DataType::kFloat32;
}

std::set<std::string> values_to_observe(const graph::Network& network) {
  const graph::InferredShapes shapes = graph::infer_shapes(network);
  const Plan plan = make_plan(
      network, [&shapes](const std::string& value) { return may_be_float(shapes, value); });
  std::set<std::string> values;
  for (const auto& [value, origin] : plan.pairs) values.insert(origin);
  return values;
}

[[noreturn]] void throw_not_finite(const std::string& value) {
  throw_input("takes values that are NaN or infinite", {.file = {}, .node = {}, .value = value},
              "such a network cannot be calibrated; look at its inputs and weights");
}

}  // namespace

Observations observe(const graph::Network& network, const execute::ExecutorFactory& make_executor,
                     const data::Dataset& data, const CalibrateOptions& options,
                     const RunContext& context) {
  const graph::Network ready = prepared(network);
  Observations observations;
  probe(ready, values_to_observe(ready), {make_executor, data, options, context}, "calibrate",
        [&observations](const std::string& value, const Tensor& tensor) {
          if (tensor.dtype() != DataType::kFloat32) return;
          if (!observations[value].add(tensor.as<float>())) throw_not_finite(value);
        });
  return observations;
}

Ranges ranges_of(const Observations& observations, const CalibratorRow& calibrator,
                 const CalibratorOptions& options) {
  Ranges ranges;
  for (const auto& [value, histogram] : observations) {
    ranges[value] = calibrator.range(histogram, options);
  }
  return ranges;
}

}  // namespace gcompress::quantize

// Running samples through the network and counting what its values are.
#include "gcompress/quantize/calibrate.h"

#include <algorithm>
#include <set>

#include "gcompress/core/data/splits.h"
#include "gcompress/core/execute/feed.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/quantize/plan.h"
#include "gcompress/quantize/prepare.h"

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

// The network with these values as its outputs. Inputs are observed as they go in.
graph::Network with_outputs(const graph::Network& network, const std::set<std::string>& values) {
  graph::Network result = network;
  std::set<std::string> inner = values;
  for (const graph::Value& input : network.graph.inputs) inner.erase(input.name);
  if (inner.empty()) return result;
  std::erase_if(result.graph.values,
                [&inner](const graph::Value& value) { return inner.contains(value.name); });
  result.graph.outputs.clear();
  for (const std::string& name : inner) {
    graph::Value value;
    value.name = name;
    value.dtype = DataType::kFloat32;
    result.graph.outputs.push_back(std::move(value));
  }
  return result;
}

[[noreturn]] void throw_not_finite(const std::string& value) {
  throw_input("takes values that are NaN or infinite", {.file = {}, .node = {}, .value = value},
              "such a network cannot be calibrated; look at its inputs and weights");
}

// Positions of full batches: a network with a fixed batch gets some samples twice rather than
// zeros.
std::vector<std::int64_t> batch_positions(const std::vector<std::int64_t>& chosen,
                                          std::size_t begin, std::size_t size, bool fixed) {
  std::vector<std::int64_t> positions;
  for (std::size_t i = begin; i < begin + size; ++i) {
    if (i >= chosen.size() && !fixed) break;
    positions.push_back(chosen[i % chosen.size()]);
  }
  return positions;
}

}  // namespace

Observations observe(const graph::Network& network, const execute::ExecutorFactory& make_executor,
                     const data::Dataset& data, const CalibrateOptions& options,
                     const RunContext& context) {
  if (data.size() == 0) throw_usage("there are no samples to calibrate with");
  const graph::Network ready = prepared(network);
  const std::set<std::string> values = values_to_observe(ready);
  const auto executor = make_executor(with_outputs(ready, values));
  const execute::Feed feed(*executor, data);
  const std::vector<std::int64_t> chosen =
      data::limited(data::all_indices(data.size()), options.samples, context.seed, "calibrate");
  const auto size = static_cast<std::size_t>(feed.batch_size(options.batch_size));
  const bool fixed = feed.batch_size(1) == feed.batch_size(2);
  Observations observations;
  for (std::size_t begin = 0; begin < chosen.size(); begin += size) {
    context.check_cancelled();
    const execute::Values inputs =
        feed.inputs_of(data.batch(batch_positions(chosen, begin, size, fixed)));
    const execute::Values outputs = executor->run(inputs);
    for (const execute::Values* given : {&inputs, &outputs}) {
      for (const auto& [value, tensor] : *given) {
        if (!values.contains(value) || tensor.dtype() != DataType::kFloat32) continue;
        if (!observations[value].add(tensor.as<float>())) throw_not_finite(value);
      }
    }
    context.report({.work = "calibrate",
                    .step = static_cast<std::int64_t>(std::min(begin + size, chosen.size())),
                    .total = static_cast<std::int64_t>(chosen.size()),
                    .values = {}});
  }
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

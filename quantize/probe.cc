// Values as outputs, batches of samples.
#include "gcompress/quantize/probe.h"

#include <algorithm>
#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/core/data/splits.h"
#include "gcompress/core/execute/feed.h"

namespace gcompress::quantize {
namespace {

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

void probe_together(const graph::Network& network, const std::set<std::string>& values,
                    const Samples& samples, const std::string& work, const VisitValues& visit) {
  const auto& [make_executor, data, options, context] = samples;
  if (data.size() == 0) throw_usage("there are no samples to calibrate with");
  const auto executor = make_executor(with_outputs(network, values));
  const execute::Feed feed(*executor, data);
  const std::vector<std::int64_t> chosen =
      data::limited(data::all_indices(data.size()), options.samples, context.seed, "calibrate");
  const auto size = static_cast<std::size_t>(feed.batch_size(options.batch_size));
  const bool fixed = feed.batch_size(1) == feed.batch_size(2);
  for (std::size_t begin = 0; begin < chosen.size(); begin += size) {
    context.check_cancelled();
    execute::Values inputs =
        feed.inputs_of(data.batch(batch_positions(chosen, begin, size, fixed)));
    execute::Values wanted = executor->run(inputs);
    wanted.merge(inputs);
    std::erase_if(wanted, [&values](const auto& entry) { return !values.contains(entry.first); });
    visit(wanted);
    context.report({.work = work,
                    .step = static_cast<std::int64_t>(std::min(begin + size, chosen.size())),
                    .total = static_cast<std::int64_t>(chosen.size()),
                    .values = {}});
  }
}

void probe(const graph::Network& network, const std::set<std::string>& values,
           const Samples& samples, const std::string& work, const VisitValue& visit) {
  probe_together(network, values, samples, work, [&visit](const execute::Values& all) {
    for (const auto& [value, tensor] : all) visit(value, tensor);
  });
}

}  // namespace gcompress::quantize

// The naive runner as an executor, and small data for it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"
#include "gcompress/core/execute/executor.h"
#include "tests/support/naive_runner.h"

namespace gcompress::testing {

class NaiveExecutor : public execute::Executor {
 public:
  NaiveExecutor(graph::Network network, std::vector<std::int64_t>* batches)
      : network_(std::move(network)),
        inputs_(graph::runtime_inputs(network_.graph)),
        batches_(batches) {}
  std::string name() const override { return "naive"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return network_.graph.outputs; }
  execute::Values run(const execute::Values& inputs) override {
    std::map<std::string, NaiveTensor> given;
    for (const auto& [name, tensor] : inputs) {
      const std::vector<float> values = to_float32(tensor);
      given[name] = {tensor.shape(), {values.begin(), values.end()}};
      if (batches_ != nullptr) batches_->push_back(tensor.shape().front());
    }
    const auto all = run_naively(network_, given);
    execute::Values outputs;
    for (const graph::Value& output : network_.graph.outputs) {
      const NaiveTensor& value = all.at(output.name);
      outputs[output.name] =
          Tensor::from<float>(value.shape, {value.values.begin(), value.values.end()});
    }
    return outputs;
  }

 private:
  graph::Network network_;
  std::vector<graph::Value> inputs_;
  std::vector<std::int64_t>* batches_;
};

inline execute::ExecutorFactory naive_factory(std::vector<std::int64_t>* batches = nullptr) {
  return [batches](const graph::Network& network) {
    return std::make_unique<NaiveExecutor>(network, batches);
  };
}

// The only output of a network with the input "x", of all samples at once.
inline std::vector<float> naive_outputs(const graph::Network& network, const data::Dataset& data) {
  NaiveExecutor executor(network, nullptr);
  return to_float32(
      executor.run({{"x", data.batch(data.indices).inputs[0].second}}).begin()->second);
}

// Samples without labels, one a row of the tensor, for the network's only input.
inline data::Dataset samples_of(Tensor values) {
  const std::int64_t count = values.shape().front();
  data::Dataset dataset;
  dataset.source = std::make_shared<data::MemorySource>(
      std::vector<data::MemorySource::Part>{{"", std::move(values)}}, std::nullopt);
  dataset.indices = data::all_indices(count);
  dataset.name = "samples";
  return dataset;
}

// Normal samples [count, shape...].
inline data::Dataset normal_samples(std::int64_t count, const Shape& shape) {
  Shape all = {count};
  all.insert(all.end(), shape.begin(), shape.end());
  RandomStream random(11, "samples");
  std::vector<float> values(static_cast<std::size_t>(element_count(all)));
  for (float& value : values) value = random.normal();
  return samples_of(Tensor::from<float>(all, std::move(values)));
}

}  // namespace gcompress::testing

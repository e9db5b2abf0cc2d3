// A Program in training seen as an Executor.
#include "gcompress/core/train/live_executor.h"

namespace gcompress::train {

LiveExecutor::LiveExecutor(Program& program, const graph::Network& network, torch::Device device)
    : program_(program),
      device_(device),
      inputs_(graph::runtime_inputs(network.graph)),
      outputs_(network.graph.outputs) {}

execute::Values LiveExecutor::run(const execute::Values& inputs) {
  const torch::NoGradGuard no_gradients;
  TorchValues values;
  for (const graph::Value& input : inputs_) {
    const auto found = inputs.find(input.name);
    if (found == inputs.end()) {
      throw_input("an input is missing", {.file = {}, .node = {}, .value = input.name});
    }
    values[input.name] = to_torch(found->second).to(device_);
  }
  const std::vector<torch::Tensor> results = program_.forward(values);
  execute::Values outputs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    outputs[outputs_[i].name] = from_torch(results[i]);
  }
  return outputs;
}

}  // namespace gcompress::train

// The libtorch executor: a Program in evaluation mode behind the interface that all executors
// share.
#include "gcompress/core/train/torch_executor.h"

#include <torch/torch.h>

#include "gcompress/core/execute/ports.h"
#include "gcompress/core/execute/precision.h"
#include "gcompress/core/train/program.h"
#include "gcompress/core/train/torch_settings.h"

namespace gcompress::train {
namespace {

class TorchExecutor : public execute::Executor {
 public:
  TorchExecutor(const graph::Network& network, const RunContext& context)
      : inputs_(graph::runtime_inputs(network.graph)),
        outputs_(network.graph.outputs),
        precision_(torch_device(context).is_cpu() ? execute::precision_of(network) : ""),
        program_(network, {.device = torch_device(context), .channels_last = false}) {
    // Otherwise libtorch takes what the machine has.
    if (context.threads > 0) at::set_num_threads(context.threads);
  }

  std::string name() const override { return "torch"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return outputs_; }

  // On a GPU libtorch may round float to TF32 by itself, so what it computes in is not claimed.
  execute::Runtime runtime() const override {
    return {.version = TORCH_VERSION, .precision = precision_, .remark = {}};
  }

  execute::Values run(const execute::Values& inputs) override {
    const torch::NoGradGuard no_gradients;
    execute::check_inputs(inputs_, inputs);
    TorchValues values;
    for (const graph::Value& input : inputs_) {
      values[input.name] = to_torch(inputs.at(input.name));
    }
    const std::vector<torch::Tensor> results = program_.forward(values);
    execute::Values outputs;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      outputs.emplace(outputs_[i].name, from_torch(results[i]));
    }
    return outputs;
  }

 private:
  std::vector<graph::Value> inputs_;
  std::vector<graph::Value> outputs_;
  std::string precision_;
  Program program_;
};

}  // namespace

std::unique_ptr<execute::Executor> make_torch_executor(const graph::Network& network,
                                                       const RunContext& context) {
  return std::make_unique<TorchExecutor>(network, context);
}

}  // namespace gcompress::train

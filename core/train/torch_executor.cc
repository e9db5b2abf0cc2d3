// The libtorch executor: a Program in evaluation mode behind the interface that all executors
// share.
#include "gcompress/core/train/torch_executor.h"

#include <torch/torch.h>

#include "gcompress/core/execute/ports.h"
#include "gcompress/core/execute/precision.h"
#include "gcompress/core/graph/float_type.h"
#include "gcompress/core/train/program.h"
#include "gcompress/core/train/torch_settings.h"

namespace gcompress::train {
namespace {

class TorchExecutor : public execute::Executor {
 public:
  // `network` is what runs; `declared`, whose inputs and outputs callers see.
  TorchExecutor(const graph::Network& declared, const graph::Network& network, std::string name,
                const RunContext& context)
      : name_(std::move(name)),
        inputs_(graph::runtime_inputs(declared.graph)),
        outputs_(declared.graph.outputs),
        inner_inputs_(graph::runtime_inputs(network.graph)),
        precision_(torch_device(context).is_cpu() ? execute::precision_of(network) : ""),
        program_(network, {.device = torch_device(context), .channels_last = false}) {
    // Otherwise libtorch takes what the machine has.
    if (context.threads > 0) at::set_num_threads(context.threads);
  }

  std::string name() const override { return name_; }
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
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      torch::Tensor value = to_torch(inputs.at(inputs_[i].name));
      if (inner_inputs_[i].dtype != inputs_[i].dtype) value = value.to(torch::kBFloat16);
      values[inputs_[i].name] = std::move(value);
    }
    const std::vector<torch::Tensor> results = program_.forward(values);
    execute::Values outputs;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const bool cast =
          outputs_[i].dtype == DataType::kFloat32 && results[i].scalar_type() == torch::kBFloat16;
      outputs.emplace(outputs_[i].name,
                      from_torch(cast ? results[i].to(torch::kFloat) : results[i]));
    }
    return outputs;
  }

 private:
  std::string name_;
  std::vector<graph::Value> inputs_;
  std::vector<graph::Value> outputs_;
  std::vector<graph::Value> inner_inputs_;
  std::string precision_;
  Program program_;
};

}  // namespace

std::unique_ptr<execute::Executor> make_torch_executor(const graph::Network& network,
                                                       const RunContext& context,
                                                       const TorchExecutorOptions& options) {
  if (!options.bfloat16) return std::make_unique<TorchExecutor>(network, network, "torch", context);
  return std::make_unique<TorchExecutor>(
      network, graph::with_float_type(network, DataType::kBfloat16), "torch-bf16", context);
}

}  // namespace gcompress::train

// The libtorch executor: a Program in evaluation mode behind the interface that all executors
// share.
#include "gcompress/core/train/torch_executor.h"

#include <torch/torch.h>

#include <utility>

#include "gcompress/core/train/program.h"
#include "gcompress/core/train/torch_settings.h"

namespace gcompress::train {
namespace {

std::string to_string(const std::vector<graph::Dimension>& shape) {
  std::string text = "[";
  for (const graph::Dimension& dimension : shape) {
    if (text.size() > 1) text += ", ";
    text += dimension.known()          ? std::to_string(dimension.size)
            : dimension.symbol.empty() ? "?"
                                       : dimension.symbol;
  }
  return text + "]";
}

bool fits(const std::vector<graph::Dimension>& declared, const Shape& shape) {
  if (declared.size() != shape.size()) return false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (declared[axis].known() && declared[axis].size != shape[axis]) return false;
  }
  return true;
}

void check(const graph::Value& declared, const Tensor& given) {
  if (declared.dtype != given.dtype()) {
    throw_input(
        "the network takes " + name_of(declared.dtype) + " and was given " + name_of(given.dtype()),
        {.file = {}, .node = {}, .value = declared.name});
  }
  if (declared.shape && !fits(*declared.shape, given.shape())) {
    throw_input("the network takes shape " + to_string(*declared.shape) + " and was given " +
                    gcompress::to_string(given.shape()),
                {.file = {}, .node = {}, .value = declared.name});
  }
}

class TorchExecutor : public execute::Executor {
 public:
  TorchExecutor(const graph::Network& network, const RunContext& context)
      : inputs_(graph::runtime_inputs(network.graph)),
        outputs_(network.graph.outputs),
        program_(network, {.device = torch_device(context), .channels_last = false}) {
    // Otherwise libtorch takes what the machine has.
    if (context.threads > 0) at::set_num_threads(context.threads);
  }

  std::string name() const override { return "torch"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return outputs_; }

  execute::Values run(const execute::Values& inputs) override {
    const torch::NoGradGuard no_gradients;
    TorchValues values;
    for (const graph::Value& input : inputs_) {
      const auto found = inputs.find(input.name);
      if (found == inputs.end()) {
        throw_input("the network's input is missing" +
                        (input.shape ? "; it takes shape " + to_string(*input.shape) : ""),
                    {.file = {}, .node = {}, .value = input.name});
      }
      check(input, found->second);
      values[input.name] = to_torch(found->second);
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
  Program program_;
};

}  // namespace

std::unique_ptr<execute::Executor> make_torch_executor(const graph::Network& network,
                                                       const RunContext& context) {
  return std::make_unique<TorchExecutor>(network, context);
}

}  // namespace gcompress::train

// A network made executable in libtorch, with gradients. The plan is made once: values become
// numbered slots, constants are computed ahead, every node becomes one bound function.
// For core/train and distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::train {

using TorchValues = std::map<std::string, torch::Tensor>;

struct ProgramOptions {
  torch::Device device = torch::kCPU;
  bool channels_last = false;            // for 4-D convolution weights and inputs
  std::vector<std::string> values = {};  // of the main graph, that forward can hand over
};

class Program {
 public:
  // Throws Error(kUnsupported) with every operator (and version) that is missing, all at once.
  Program(const graph::Network& network, const ProgramOptions& options);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  // Trainable parameters (graph::find_weights but those that are fixed or quantized): leaf tensors
  // that require gradients; the caller may change them in place.
  const std::map<graph::WeightId, torch::Tensor>& parameters() const;
  // State that training mode changes: running means and variances, by tensor name.
  const std::map<graph::WeightId, torch::Tensor>& buffers() const;

  // In training mode batch norm uses and updates batch statistics, and dropout drops.
  void set_training(bool training);
  // Runs; inputs by name; returns the graph's outputs in order. Gradients follow torch's grad mode.
  // `values`, if not null, gets those that the options name.
  std::vector<torch::Tensor> forward(const TorchValues& inputs, TorchValues* values = nullptr);

  // The network with the present parameters and buffers written back.
  graph::Network network() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Operator types that a Program can run, "Conv", "Add", ... sorted.
std::vector<std::string> supported_operators();

// Tensor to torch and back. from_tensor copies (torch needs writable memory); to_tensor copies to
// the host.
torch::Tensor to_torch(const Tensor& tensor);
Tensor from_torch(const torch::Tensor& tensor);

}  // namespace gcompress::train

// A loss that arrives as a value: what a fit minimises in place of the task's own.
// For core/train and distill: this header includes torch. Others name train::Loss without it.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {

// What a loss sees of a step. All of it lives for the call only.
struct LossInputs {
  const data::Batch& batch;
  const TorchValues& inputs;                  // the batch as the network takes it
  const std::vector<torch::Tensor>& outputs;  // of the network in training, with gradients
  const TorchValues& values;                  // its values that Loss::values names, likewise
};

struct Loss {
  std::vector<std::string> values;  // of the network's main graph, besides its outputs
  // Leaf tensors that are trained along by the fit's optimiser, as weights that decay, and then
  // thrown away; by name. The fit's checkpoints hold them. They belong to one fit: it changes them.
  std::map<std::string, torch::Tensor> parameters;
  // A scalar with gradients. The same inputs and weights must give the same bits.
  std::function<torch::Tensor(const LossInputs&)> compute;
};

}  // namespace gcompress::train

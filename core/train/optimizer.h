// SGD with momentum and AdamW, by libtorch's fused kernels: one pass over each parameter.
// torch::optim does the same arithmetic in eight passes and hides its state behind pointers; here
// the state is plain tensors, which masks and checkpoints need.
// Internal to core/train: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/weights.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::train {

// A parameter in training.
struct Parameter {
  graph::WeightId id;
  torch::Tensor value;  // the leaf; its gradient is value.grad()
  bool decays = false;  // weight decay is for kernels, matrices, recurrent weights and embeddings;
                        // not for biases and normalisation, which it would only pull off their data
  bool prunable = false;
  torch::Tensor first;   // SGD: the momentum; AdamW: m
  torch::Tensor second;  // AdamW: v
  torch::Tensor steps;   // AdamW: how often it was updated, a float scalar
};

class Optimizer {
 public:
  // Moments start at zero. AdamW: beta 0.9 and 0.999, epsilon 1e-8.
  Optimizer(const FitOptions& options, std::vector<Parameter> parameters);

  std::vector<Parameter>& parameters() { return parameters_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }

  // Forgets all gradients.
  void clear_gradients();
  // Updates every parameter that has a gradient.
  void step(double learning_rate);

 private:
  void step_group(bool decays, double learning_rate);

  OptimizerKind kind_;
  double momentum_;
  double weight_decay_;
  std::vector<Parameter> parameters_;
};

// The common 2-norm of the gradients.
double gradient_norm(const std::vector<Parameter>& parameters);

// Scales the gradients so that their common 2-norm is at most `limit`; returns the norm before.
double clip_gradients(const std::vector<Parameter>& parameters, double limit);

}  // namespace gcompress::train

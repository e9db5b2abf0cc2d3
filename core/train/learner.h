// A network that learns: its program, optimiser and masks, and their state as plain values.
// Internal to core/train: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <map>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/train/checkpoint.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/mask_keeper.h"
#include "gcompress/core/train/optimizer.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {

class Learner {
 public:
  Learner(const graph::Network& network, const FitOptions& options, torch::Device device);
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  Program& program() { return program_; }
  MaskKeeper& masks() { return masks_; }
  const std::vector<Parameter>& parameters() const { return optimizer_.parameters(); }

  // One step down the gradient of `loss`, a scalar; its value is returned. Throws Error(kInput) if
  // that is not finite, and changes nothing.
  //   gradient + l1 * sign(weight), masked, clipped, optimiser's step, weights masked
  double descend(const torch::Tensor& loss, double learning_rate, double l1);

  // Copies of the present values, and back.
  NetworkState state() const;
  void set_state(const NetworkState& state);
  std::map<graph::WeightId, Moments> moments() const;
  void set_moments(const std::map<graph::WeightId, Moments>& moments);

  // Views where the layout allows, else copies; valid until the next step.
  WeightState weight_state() const;

 private:
  void add_l1(double l1);

  Program program_;
  Optimizer optimizer_;
  MaskKeeper masks_;
  double clip_gradient_;
};

// True if the network has convolutions, for which channels_last can be faster.
bool has_convolutions(const graph::Network& network);

}  // namespace gcompress::train

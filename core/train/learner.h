// A network that learns: its program, optimiser and masks, and their state as plain values.
// Internal to core/train: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/train/checkpoint.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/loss.h"
#include "gcompress/core/train/mask_keeper.h"
#include "gcompress/core/train/optimizer.h"
#include "gcompress/core/train/program.h"
#include "gcompress/core/train/tie_keeper.h"

namespace gcompress::train {

// How a step is to be made.
struct StepOptions {
  double learning_rate = 1e-3;
  double l1 = 0;
  bool keep_gradients = false;  // for the next weight_state()
};

class Learner {
 public:
  // `loss` may be null; its parameters are trained along.
  Learner(const graph::Network& network, const FitOptions& options, const Loss* loss,
          torch::Device device);
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  Program& program() { return program_; }
  const graph::Masks& masks() const { return masks_.masks(); }
  const std::vector<Parameter>& parameters() const { return optimizer_.parameters(); }

  // One step down the gradient of `loss`, a scalar of the present weights; its value is returned.
  // Throws Error(kInput) if that or the gradient is not finite, and changes no weight.
  //   gradient + l1 * sign(weight), masked, clipped, summed where tied, optimiser's step, weights
  //   masked
  double descend(const std::function<torch::Tensor()>& loss, const StepOptions& options);

  void set_masks(const graph::Masks& masks);
  // Exchanges the weights with their average, if there is one, and masks it; again: back.
  void swap_average();

  // Copies of the present values, and back.
  NetworkState state() const;
  void set_state(const NetworkState& state);
  std::map<graph::WeightId, Moments> moments() const;
  void set_moments(const std::map<graph::WeightId, Moments>& moments);
  Aside aside() const;
  void set_aside(const Aside& aside);

  // Views where the layout allows, else copies; valid until the next step.
  WeightState weight_state() const;

 private:
  // All that is trained: the program's parameters and the loss's.
  std::map<graph::WeightId, torch::Tensor> trained() const;
  void add_l1(double l1);
  void check_gradients() const;
  // Replaces the gradients by those a small way uphill.
  void climb(const std::function<torch::Tensor()>& loss);
  void keep_gradients();
  void add_to_average();

  Program program_;
  std::map<graph::WeightId, torch::Tensor> of_loss_;  // scope kLossScope
  Optimizer optimizer_;
  MaskKeeper masks_;
  TieKeeper ties_;
  double clip_gradient_;
  double sharpness_;
  double average_decay_;
  std::vector<torch::Tensor> average_;  // one a parameter; empty: none is kept
  std::int64_t averaged_ = 0;           // steps in it
  std::map<graph::WeightId, torch::Tensor> gradients_;
};

// True if the network has convolutions, for which channels_last can be faster.
bool has_convolutions(const graph::Network& network);

}  // namespace gcompress::train

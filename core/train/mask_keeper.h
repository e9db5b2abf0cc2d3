// Keeps masked weights out of the network while it trains. Zeroed ones: gradients before the
// optimiser's step, weights after it, and moments whenever the masks change, so that momentum
// revives nothing. Held ones: their values lie aside while the network computes, and are back in
// their places for the optimiser's step.
// Internal to core/train: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <map>
#include <vector>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/train/optimizer.h"

namespace gcompress::train {

class MaskKeeper {
 public:
  // The optimizer must outlive this.
  MaskKeeper(Optimizer& optimizer, MaskedWeights kind);

  // Replaces all masks (a weight without an entry is kept whole) and takes out what they remove.
  // Held weights that come back have the value they were held with.
  // Throws Error(kInput) if one names no trainable parameter, or has another shape.
  void set(const graph::Masks& masks);
  // The same for weights that were restored masked, with what was held of them.
  void restore(const graph::Masks& masks, const std::map<graph::WeightId, torch::Tensor>& held);
  const graph::Masks& masks() const { return masks_; }

  void mask_gradients() const;  // whatever the kind
  // Around the optimiser's step.
  void before_step() const;
  void after_step() const;

  // Zeroes what the masks remove; one tensor for each parameter of the optimizer.
  void zero_masked(std::vector<torch::Tensor>& tensors) const;
  // Values of held weights, 0 where a weight is kept; empty where masked weights are zero.
  std::map<graph::WeightId, torch::Tensor> held() const;

 private:
  struct Entry {
    std::size_t parameter = 0;
    torch::Tensor keep;  // 1 and 0 in the parameter's type and layout
    torch::Tensor held;  // kHeld only
  };
  void replace(const graph::Masks& masks);
  torch::Tensor value_of(const Entry& entry) const;

  Optimizer& optimizer_;
  MaskedWeights kind_;
  graph::Masks masks_;
  std::vector<Entry> entries_;
};

}  // namespace gcompress::train

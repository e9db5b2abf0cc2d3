// Keeps masked weights at zero while they train: gradients before the optimiser's step, weights
// after it, and moments whenever the masks change, so that momentum revives nothing.
// Internal to core/train: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/train/optimizer.h"

namespace gcompress::train {

class MaskKeeper {
 public:
  // The optimizer must outlive this.
  explicit MaskKeeper(Optimizer& optimizer);

  // Replaces all masks (a weight without an entry is kept whole) and zeroes what they remove.
  // Throws Error(kInput) if one names no trainable parameter, or has another shape.
  void set(const graph::Masks& masks);
  const graph::Masks& masks() const { return masks_; }

  void mask_gradients() const;
  void mask_weights() const;

 private:
  struct Entry {
    std::size_t parameter = 0;
    torch::Tensor keep;  // 1 and 0 in the parameter's type and layout
  };
  Optimizer& optimizer_;
  graph::Masks masks_;
  std::vector<Entry> entries_;
};

}  // namespace gcompress::train

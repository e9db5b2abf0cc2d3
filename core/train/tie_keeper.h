// Keeps elements equal that share a value, while they train.
//
// The gradient of a shared value is the sum of its members' (Han et al. 2015, eq. 3). Each member
// gets that sum, so all take the same step; rounding may differ from member to member in vectorised
// kernels, so afterwards all take the value of the first. Internal to core/train: this header
// includes torch.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "gcompress/core/train/optimizer.h"

namespace gcompress::train {

class TieKeeper {
 public:
  // The optimizer must outlive this. Throws Error(kInput) if a tie names no trainable parameter or
  // does not fit it, or if its members are not equal.
  TieKeeper(Optimizer& optimizer, const Ties& ties);

  // Between the gradients and the optimiser's step, and after it.
  void sum_gradients() const;
  void equalise() const;
  // The same for other tensors, one for each parameter of the optimizer.
  void equalise(std::vector<torch::Tensor>& tensors) const;

 private:
  struct Entry {
    std::size_t parameter = 0;
    // All in the row-major order of the parameter, of its tied elements only:
    torch::Tensor members;   // int64, their places
    torch::Tensor clusters;  // int64, of each member
    torch::Tensor first;     // int64, for each member the place of the first of its cluster
    std::int64_t count = 0;  // of clusters
  };
  static void equalise(const Entry& entry, const torch::Tensor& value);

  Optimizer& optimizer_;
  std::vector<Entry> entries_;
};

}  // namespace gcompress::train

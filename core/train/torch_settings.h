// What libtorch is told for the length of a piece of work: threads, determinism, device.
// For core/train and distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include "gcompress/core/base/run_context.h"

namespace gcompress::train {

// Sets the number of threads and deterministic algorithms; the destructor puts back what was.
// libtorch's settings are of the process: one such object at a time.
class TorchSettings {
 public:
  explicit TorchSettings(const RunContext& context);
  ~TorchSettings();
  TorchSettings(const TorchSettings&) = delete;
  TorchSettings& operator=(const TorchSettings&) = delete;

  int threads() const;

 private:
  int threads_before_;
  bool deterministic_before_;
  bool warn_only_before_;
  bool fill_before_;
};

// The device that the context names. Throws Error(kUsage) if it is not there.
torch::Device torch_device(const RunContext& context);

}  // namespace gcompress::train

// The libtorch executor, without torch in sight.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::train {

struct TorchExecutorOptions {
  // Computes in bfloat16: float32 weights, constants and inputs are cast, outputs cast back.
  bool bfloat16 = false;
};

// Runs a network in libtorch, evaluation mode, no gradients. Throws Error(kUnsupported) listing
// all that is missing.
std::unique_ptr<execute::Executor> make_torch_executor(const graph::Network& network,
                                                       const RunContext& context,
                                                       const TorchExecutorOptions& options = {});

}  // namespace gcompress::train

// The executor of executor.h with choices that tests and benchmarks make.
#pragma once

#include <memory>
#include <string>

#include "gcompress/core/engine/cuda/chooser.h"
#include "gcompress/core/engine/cuda/executor.h"
#include "gcompress/core/engine/cuda/plan.h"

namespace gcompress::engine::gpu {

struct GpuOptions {
  MemoryUse memory = MemoryUse::kShared;
  std::string cublas = {};  // the library's file; empty: as cublas::open finds it
  bool half = false;        // linear layers may round to fp16, to run on tensor cores
};

std::unique_ptr<execute::Executor> make_gpu_executor(const graph::Network& network, int device,
                                                     const GpuOptions& options);

}  // namespace gcompress::engine::gpu

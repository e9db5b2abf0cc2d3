// The engine on a GPU: the same steps as on the CPU, run by the CUDA kernels.
//
// A program links one of two definitions: what lies in this folder, or, where it is built without
// CUDA, absent/, which says so.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::engine {

// The GPU that an option asks for: an index, or none where the CPU is to do it.
struct GpuChoice {
  std::optional<int> device;
  std::string remark;  // for the user: why "auto" stays on the CPU; else empty
};

// `device`: "cpu", "auto", "cuda" (the first), "cuda:1" (by index), "cuda:0000:65:00.0" (by PCI
// id). Throws Error(kUsage), with the GPUs there are, where there is no such one.
GpuChoice choose_gpu(const std::string& device);

enum class GpuPrecision {
  kFloat,  // strict float32
  kHalf    // linear layers may round weights and inputs to fp16, to run on tensor cores
};

// Runs float networks on the GPU of that index. Weights stay there, packed. A
// plan is made for every new input shape; the last two are kept. Not thread-safe. Throws
// Error(kUnsupported) with all that is missing, here where the declared shapes are known, else at
// the first run; Error(kUsage) with the bytes needed where the GPU has no room.
std::unique_ptr<execute::Executor> make_cuda_executor(const graph::Network& network,
                                                      const RunContext& context, int device,
                                                      GpuPrecision precision);

}  // namespace gcompress::engine

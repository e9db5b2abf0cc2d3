// In a program that is built without CUDA.
#include "gcompress/core/engine/cuda/executor.h"

#include "gcompress/core/base/error.h"
#include "gcompress/core/engine/cuda/device_text.h"

namespace gcompress::engine {
namespace {

constexpr const char* kAbsent = "this gcompress was built without CUDA (there was no nvcc)";

}  // namespace

GpuChoice choose_gpu(const std::string& device) {
  switch (gpu::parse_device(device).kind) {
    case gpu::DeviceText::Kind::kCpu:
      return {};
    case gpu::DeviceText::Kind::kAuto:
      return {.device = std::nullopt, .remark = std::string(kAbsent) + ": the CPU is used."};
    default:
      throw_usage("the device '" + device + "' was asked for, but " + kAbsent,
                  "use --device cpu, or build where the CUDA toolkit is");
  }
}

std::unique_ptr<execute::Executor> make_cuda_executor(const graph::Network&, const RunContext&, int,
                                                      GpuPrecision) {
  throw_usage(kAbsent, "use --device cpu");
}

}  // namespace gcompress::engine

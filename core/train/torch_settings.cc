// What libtorch is told for the length of a piece of work.
#include "gcompress/core/train/torch_settings.h"

#include <cstdlib>

namespace gcompress::train {

TorchSettings::TorchSettings(const RunContext& context)
    : threads_before_(at::get_num_threads()),
      deterministic_before_(at::globalContext().deterministicAlgorithms()),
      warn_only_before_(at::globalContext().deterministicAlgorithmsWarnOnly()),
      fill_before_(at::globalContext().deterministicFillUninitializedMemory()) {
  if (context.threads > 0) at::set_num_threads(context.threads);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  // Determinism here needs no memory filled with NaN, which costs a pass over every new tensor.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

TorchSettings::~TorchSettings() {
  at::set_num_threads(threads_before_);
  at::globalContext().setDeterministicAlgorithms(deterministic_before_, warn_only_before_);
  at::globalContext().setDeterministicFillUninitializedMemory(fill_before_);
}

int TorchSettings::threads() const { return at::get_num_threads(); }

torch::Device torch_device(const RunContext& context) {
  if (context.device.empty() || context.device == "cpu") return torch::kCPU;
  const bool available = torch::cuda::is_available();
  if (context.device == "auto") return available ? torch::Device(torch::kCUDA, 0) : torch::kCPU;
  if (!context.device.starts_with("cuda")) {
    throw_usage("there is no device '" + context.device + "'", "use cpu, cuda, cuda:N or auto");
  }
  if (!available) {
    throw_usage("the device '" + context.device + "' was asked for, but libtorch finds no CUDA",
                "use --device cpu");
  }
  // cuBLAS is deterministic only with a workspace of its own.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  const torch::Device device(context.device);
  return device.has_index() ? device : torch::Device(torch::kCUDA, 0);
}

}  // namespace gcompress::train

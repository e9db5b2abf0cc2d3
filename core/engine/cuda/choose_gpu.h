// Which of a machine's GPUs an option means.
#pragma once

#include <string>

#include "gcompress/core/engine/cuda/executor.h"
#include "gcompress/core/kernels/cuda/devices.h"

namespace gcompress::engine::gpu {

// As choose_gpu (executor.h), among these.
GpuChoice choose_among(const std::string& device, const cuda::Devices& devices);

}  // namespace gcompress::engine::gpu

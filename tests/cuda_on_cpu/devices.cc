// core/kernels/cuda/devices.h on the CPU: one device that is only pretended.
#include "gcompress/core/kernels/cuda/devices.h"

#include "gcompress/core/base/error.h"
#include "tests/cuda_on_cpu/memory.h"

namespace gcompress::cuda {

Devices list_devices() {
  Devices devices;
  devices.found.push_back({.name = "CUDA on the CPU",
                           .pci = "0000:00:00.0",
                           .capability = 80,
                           .multiprocessors = 108,
                           .clock_hertz = 1.41e9,
                           .memory_bytes_per_second = 1.5e12,
                           .memory_bytes = cuda_on_cpu::global::room()});
  return devices;
}

void use_device(int index) { GCOMPRESS_CHECK(index == 0); }

std::size_t free_bytes() {
  const std::size_t used = cuda_on_cpu::global::used();
  return used < cuda_on_cpu::global::room() ? cuda_on_cpu::global::room() - used : 0;
}

}  // namespace gcompress::cuda

// The devices that CUDA shows (../devices.h).
#include "gcompress/core/kernels/cuda/devices.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <cctype>

#include "gcompress/core/kernels/cuda/device/check.h"

namespace gcompress::cuda {
namespace {

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, which, device) == cudaSuccess ? value : 0;
}

std::string pci_of(int device) {
  char text[32] = {};
  if (cudaDeviceGetPCIBusId(text, sizeof text, device) != cudaSuccess) return {};
  std::string pci = text;
  std::ranges::transform(pci, pci.begin(), [](unsigned char c) { return std::tolower(c); });
  return pci;
}

DeviceFacts facts_of(int device) {
  DeviceFacts facts;
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, device) == cudaSuccess) {
    facts.name = properties.name;
    facts.capability = 10 * properties.major + properties.minor;
    facts.multiprocessors = properties.multiProcessorCount;
    facts.memory_bytes = properties.totalGlobalMem;
  }
  facts.pci = pci_of(device);
  constexpr double kKilohertz = 1000;
  facts.clock_hertz = kKilohertz * attribute(cudaDevAttrClockRate, device);
  // Two transfers a clock, a bit a line of the bus.
  facts.memory_bytes_per_second = 2 * kKilohertz * attribute(cudaDevAttrMemoryClockRate, device) *
                                  attribute(cudaDevAttrGlobalMemoryBusWidth, device) / 8;
  return facts;
}

}  // namespace

Devices list_devices() {
  Devices devices;
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess || count == 0) {
    devices.why_none = cudaGetErrorString(status == cudaSuccess ? cudaErrorNoDevice : status);
    return devices;
  }
  for (int device = 0; device < count; ++device) devices.found.push_back(facts_of(device));
  return devices;
}

void use_device(int index) { check(cudaSetDevice(index), "choosing the GPU"); }

std::size_t free_bytes() {
  std::size_t unused = 0;
  std::size_t all = 0;
  check(cudaMemGetInfo(&unused, &all), "asking for the GPU's free memory");
  return unused;
}

}  // namespace gcompress::cuda

// The CUDA devices of a machine. Two definitions exist, as of runtime.h: device/devices.cc (CUDA)
// and tests/cuda_on_cpu/devices.cc (one device that is only pretended).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gcompress::cuda {

struct DeviceFacts {
  std::string name;    // "NVIDIA H100 80GB HBM3"
  std::string pci;     // "0000:65:00.0"
  int capability = 0;  // 90 for 9.0
  int multiprocessors = 0;
  double clock_hertz = 0;              // the highest of the multiprocessors; 0: unknown
  double memory_bytes_per_second = 0;  // nominal; 0: unknown
  std::size_t memory_bytes = 0;
};

// By index. Where there is none, why: "no CUDA-capable device is detected".
struct Devices {
  std::vector<DeviceFacts> found;
  std::string why_none;
};

// Never throws. The first call wakes the driver (some tenths of a second).
Devices list_devices();

// Memory, streams and launches of this thread are the device's from here on.
void use_device(int index);

// Of the device in use.
std::size_t free_bytes();

}  // namespace gcompress::cuda

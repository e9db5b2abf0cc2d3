// Reading what --device says. Needs no CUDA.
#pragma once

#include <string>

namespace gcompress::engine::gpu {

struct DeviceText {
  enum class Kind { kCpu, kAuto, kFirst, kIndex, kPci } kind = Kind::kCpu;
  int index = 0;
  std::string pci;  // "0000:65:00.0"
};

// "" or "cpu", "auto", "cuda", "cuda:INDEX", "cuda:PCI-ID", where a domain of 0000 and the function
// may be left out ("65:00"). Throws Error(kUsage).
DeviceText parse_device(const std::string& device);

}  // namespace gcompress::engine::gpu

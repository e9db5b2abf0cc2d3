// The open library behind nvml.h; for its sources only.
#pragma once

#include <string>

#include "gcompress/measure/energy/nvml.h"

namespace gcompress::measure {

class NvmlLibrary {
 public:
  NvmlLibrary(void* handle, const nvml::Functions& functions) : call(functions), handle_(handle) {}
  ~NvmlLibrary();
  NvmlLibrary(const NvmlLibrary&) = delete;
  NvmlLibrary& operator=(const NvmlLibrary&) = delete;

  // What a status means, in the library's words.
  std::string text_of(nvml::Status status) const;

  const nvml::Functions call;

 private:
  void* handle_;
};

}  // namespace gcompress::measure

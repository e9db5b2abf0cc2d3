// The environment, then the loader.
#include "gcompress/core/execute/onnxruntime/find.h"

#include <dlfcn.h>

#include <cstdlib>

namespace gcompress::execute {

std::filesystem::path find_onnxruntime() {
  if (const char* named = std::getenv(kOnnxRuntimeVariable); named != nullptr && *named != '\0') {
    return named;
  }
  void* handle = dlopen("libonnxruntime.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return {};
  std::filesystem::path file;
  Dl_info info{};
  void* symbol = dlsym(handle, "OrtGetApiBase");
  if (symbol != nullptr && dladdr(symbol, &info) != 0) file = info.dli_fname;
  dlclose(handle);
  return file;
}

}  // namespace gcompress::execute

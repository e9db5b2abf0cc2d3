// Finding ONNX Runtime's shared library where nobody names one.
#pragma once

#include <filesystem>

namespace gcompress::execute {

// The environment variable that names the library.
inline constexpr const char* kOnnxRuntimeVariable = "GCOMPRESS_ONNXRUNTIME";

// What the variable names; else libonnxruntime.so.1 where the dynamic loader finds it; else an
// empty path. Not checked to be usable: onnxruntime_version() does that.
std::filesystem::path find_onnxruntime();

}  // namespace gcompress::execute

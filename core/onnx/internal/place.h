// Telling where an error lies. Internal to core/onnx.
#pragma once

#include <string>

#include "gcompress/core/base/error.h"

namespace gcompress::onnx::internal {

// The same error with node and value filled in where they are still empty: the innermost place
// wins.
inline Error at_place(const Error& error, const std::string& node, const std::string& value) {
  ErrorPlace place = error.place();
  if (place.node.empty()) place.node = node;
  if (place.value.empty()) place.value = value;
  return Error(error.kind(), error.message(), place, error.remedy());
}

}  // namespace gcompress::onnx::internal

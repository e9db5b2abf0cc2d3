// Why bytes that protobuf refuses are no ONNX model. Internal to core/onnx.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace gcompress::onnx::internal {

// A sentence that names the innermost node or value and the byte where the message breaks off. Only
// for bytes that did not parse; needs no memory to speak of.
std::string diagnose(std::span<const std::byte> bytes);

}  // namespace gcompress::onnx::internal

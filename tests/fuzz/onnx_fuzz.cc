// Any bytes are a network or an Error of the input; a network that was read can be written and read
// again as an equal message.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gcompress/core/onnx/onnx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gcompress::Error;
  using gcompress::ErrorKind;
  namespace onnx = gcompress::onnx;
  std::string written;
  try {
    written = onnx::write_bytes(onnx::read_bytes({reinterpret_cast<const std::byte*>(data), size}));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kBug) std::abort();
    return 0;
  }
  const auto bytes = std::as_bytes(std::span(written.data(), written.size()));
  if (onnx::write_bytes(onnx::read_bytes(bytes)) != written) std::abort();
  return 0;
}

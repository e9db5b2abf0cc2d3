// Reading and writing .onnx files, of any opset and IR version to the newest we know.
// The only room that knows protobuf.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "gcompress/core/graph/network.h"

namespace gcompress::onnx {

// Reads a model. External data is mapped, not copied, and must lie inside the model's folder.
// Throws Error(kInput), naming file, node and value, when the file is damaged or hostile:
// truncated, wrong lengths, a cycle, a value that nothing produces, data that does not fit its
// shape. Memory is proportional to the file's size, whatever its header claims.
graph::Network read(const std::filesystem::path& file);

// Reads a model from memory. External data is looked for in `folder`; an empty folder refuses it.
graph::Network read_bytes(std::span<const std::byte> bytes,
                          const std::filesystem::path& folder = {},
                          const std::string& name = "model");

// Reads a file that holds one tensor (TensorProto), as ONNX's test data has them. Throws
// Error(kInput).
Tensor read_tensor(const std::filesystem::path& file);

struct WriteOptions {
  // Tensors go to FILE.data beside the model when they were external before, or when the model
  // would exceed protobuf's 2 GB.
  std::size_t external_above_bytes = 1024;
};

// Writes a model atomically. What was read and not changed is written as it was: read then write
// gives an equal message.
void write(const graph::Network& network, const std::filesystem::path& file,
           const WriteOptions& options = {});

// The model as one message (all data inside); Error(kInput) above 2 GB.
std::string write_bytes(const graph::Network& network);

}  // namespace gcompress::onnx

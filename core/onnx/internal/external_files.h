// External data of a model being read: files mapped once, tensors as views. Internal to core/onnx.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/onnx/internal/message.h"

namespace gcompress::onnx::internal {

class ExternalFiles {
 public:
  // An empty folder refuses all external data.
  explicit ExternalFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The tensor that the message's external_data entries point to: a view of the mapped file, or a
  // copy if it does not lie aligned for its elements. Throws Error(kInput) if the file leaves the
  // folder, is missing or too short, or the entries make no sense.
  Tensor find(const ::onnx::TensorProto& message, DataType dtype, const Shape& shape);

 private:
  struct File {
    Bytes bytes;
    std::size_t copied = 0;
  };
  File& file_at(const std::string& location);

  std::filesystem::path folder_;
  std::map<std::filesystem::path, File> files_;  // by resolved path: each is mapped once
  std::map<std::string, File*> by_location_;     // as the model spells it
};

}  // namespace gcompress::onnx::internal

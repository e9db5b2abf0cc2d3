// Laying out the data file and pointing the messages at it.
#include "gcompress/core/onnx/internal/external_plan.h"

namespace gcompress::onnx::internal {
namespace {

// Large tensors start on a page, so that each can be mapped and released alone; small ones on a
// cache line.
constexpr std::size_t kPage = 4096;
constexpr std::size_t kCacheLine = 64;

void set_entry(::onnx::TensorProto& message, const std::string& key, const std::string& value) {
  for (auto& entry : *message.mutable_external_data()) {
    if (entry.key() == key) {
      entry.set_value(value);
      return;
    }
  }
  auto& entry = *message.add_external_data();
  entry.set_key(key);
  entry.set_value(value);
}

void remove_entry(::onnx::TensorProto& message, const std::string& key) {
  auto& entries = *message.mutable_external_data();
  for (int i = entries.size() - 1; i >= 0; --i) {
    if (entries.Get(i).key() == key) entries.DeleteSubrange(i, 1);
  }
}

}  // namespace

bool ExternalPlan::wants(const Tensor& tensor, graph::Storage storage) const {
  if (location_.empty() || tensor.dtype() == DataType::kString) return false;
  return storage == graph::Storage::kExternal || tensor.byte_size() > above_bytes_;
}

void ExternalPlan::place(const Tensor& tensor, ::onnx::TensorProto& message) {
  const std::size_t alignment = tensor.byte_size() >= kPage ? kPage : kCacheLine;
  const std::size_t offset = (end_ + alignment - 1) / alignment * alignment;
  end_ = offset + tensor.byte_size();
  placed_.push_back({.bytes = tensor.bytes(), .offset = offset});
  message.set_data_location(::onnx::TensorProto::EXTERNAL);
  set_entry(message, "location", location_);
  set_entry(message, "offset", std::to_string(offset));
  set_entry(message, "length", std::to_string(tensor.byte_size()));
  remove_entry(message, "checksum");
}

}  // namespace gcompress::onnx::internal

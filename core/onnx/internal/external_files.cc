// Finding, mapping and slicing external data.
#include "gcompress/core/onnx/internal/external_files.h"

#include <charconv>
#include <optional>
#include <vector>

#include "gcompress/core/base/file.h"

namespace gcompress::onnx::internal {
namespace {

const std::string* find_entry(const ::onnx::TensorProto& message, const std::string& key) {
  for (const auto& entry : message.external_data()) {
    if (entry.key() == key) return &entry.value();
  }
  return nullptr;
}

std::optional<std::size_t> number_entry(const ::onnx::TensorProto& message,
                                        const std::string& key) {
  const std::string* text = find_entry(message, key);
  if (text == nullptr) return std::nullopt;
  std::size_t number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, failure] = std::from_chars(text->data(), end, number);
  if (failure != std::errc{} || stop != end) {
    throw_input("the external data's " + key + " '" + *text + "' is not a number");
  }
  return number;
}

std::size_t alignment_of(DataType dtype) {
  const int bits = bits_of(dtype);
  const bool complex = dtype == DataType::kComplex64 || dtype == DataType::kComplex128;
  return bits < 8 ? 1 : static_cast<std::size_t>(bits / (complex ? 16 : 8));
}

}  // namespace

ExternalFiles::File& ExternalFiles::file_at(const std::string& location) {
  const auto known = by_location_.find(location);
  if (known != by_location_.end()) return *known->second;
  if (folder_.empty()) {
    throw_input("its data lies in the file '" + location + "', which cannot be read from here", {},
                "read the model from its file");
  }
  const std::filesystem::path path = path_inside(folder_, location);
  auto file = files_.find(path);
  if (file == files_.end()) {
    file = files_.emplace(path, File{.bytes = map_file(path), .copied = 0}).first;
  }
  by_location_.emplace(location, &file->second);
  return file->second;
}

Tensor ExternalFiles::find(const ::onnx::TensorProto& message, DataType dtype, const Shape& shape) {
  const std::string* location = find_entry(message, "location");
  if (location == nullptr) throw_input("its data is external but no location is given");
  if (dtype == DataType::kString) throw_input("strings cannot lie in external data");
  const std::size_t offset = number_entry(message, "offset").value_or(0);
  const std::size_t size = byte_count(dtype, element_count(shape));
  const std::size_t length = number_entry(message, "length").value_or(size);
  if (length != size) {
    throw_input("its external data has " + std::to_string(length) + " bytes, but type " +
                name_of(dtype) + " and shape " + to_string(shape) + " need " +
                std::to_string(size));
  }
  File& file = file_at(*location);
  if (offset > file.bytes.size() || size > file.bytes.size() - offset) {
    throw_input("its external data (offset " + std::to_string(offset) + ", " +
                std::to_string(size) + " bytes) lies beyond the end of '" + *location +
                "', which has " + std::to_string(file.bytes.size()) + " bytes");
  }
  const Bytes view = file.bytes.slice(offset, size);
  if (offset % alignment_of(dtype) == 0) return Tensor(dtype, shape, view);
  // Many tensors over the same misaligned bytes would multiply the file in memory.
  if (size > file.bytes.size() - file.copied) {
    throw_input("its misaligned external data overlaps that of other tensors in '" + *location +
                "'");
  }
  file.copied += size;
  std::string copy(reinterpret_cast<const char*>(view.data()), view.size());
  view.release_pages();
  return Tensor(dtype, shape, Bytes::own(std::move(copy)));
}

}  // namespace gcompress::onnx::internal

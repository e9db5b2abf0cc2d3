// A tensor: element type, shape and shared immutable bytes, owned or mapped from a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/base/data_type.h"
#include "gcompress/core/base/error.h"

namespace gcompress {

// A run of immutable bytes kept alive by shared ownership; copying is cheap. Thread-safe to read.
class Bytes {
 public:
  Bytes() = default;
  // Views `size` bytes at `data`, which live as long as `owner`. `mapped` says that they are pages
  // of a file, so that reading them is lazy and release_pages() helps.
  Bytes(std::shared_ptr<const void> owner, const std::byte* data, std::size_t size,
        bool mapped = false)
      : owner_(std::move(owner)), data_(data), size_(size), mapped_(mapped) {}

  template <typename T>
  static Bytes own(std::vector<T> values) {
    auto owner = std::make_shared<std::vector<T>>(std::move(values));
    const auto* data = reinterpret_cast<const std::byte*>(owner->data());
    return Bytes(owner, data, owner->size() * sizeof(T));
  }
  static Bytes own(std::string values);

  std::span<const std::byte> view() const { return {data_, size_}; }
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool mapped() const { return mapped_; }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  // A part of these bytes, sharing ownership. Must lie inside.
  Bytes slice(std::size_t offset, std::size_t size) const;

  // For mapped bytes: tells the kernel that the pages are not needed for now (they are read again
  // from the file on the next access). Otherwise does nothing.
  void release_pages() const;

 private:
  std::shared_ptr<const void> owner_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  bool mapped_ = false;
};

// A value: copying shares the bytes. Elements are in row-major order, little-endian.
// Sub-byte elements are packed, the first in the low bits (as ONNX does).
// Strings are stored one after another, each as a little-endian uint64 length and its bytes.
class Tensor {
 public:
  Tensor() = default;
  // Throws Error(kInput) if the byte size does not fit dtype and shape, or the data is not aligned
  // for its elements.
  Tensor(DataType dtype, Shape shape, Bytes bytes);

  static Tensor zeros(DataType dtype, Shape shape);

  // Takes the values; their number must fit the shape. (std::vector<bool> does not work: use
  // uint8_t values and from_bytes.)
  template <typename T>
  static Tensor from(Shape shape, std::vector<T> values) {
    return Tensor(data_type_of<T>(), std::move(shape), Bytes::own(std::move(values)));
  }
  template <typename T>
  static Tensor scalar(T value) {
    return from<T>({}, {value});
  }

  bool defined() const { return dtype_ != DataType::kUndefined; }
  DataType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t rank() const { return static_cast<std::int64_t>(shape_.size()); }
  std::int64_t size() const { return count_; }  // elements
  std::size_t byte_size() const { return bytes_.size(); }
  const Bytes& bytes() const { return bytes_; }

  // The elements as T; a bug if T is not the dtype.
  template <typename T>
  std::span<const T> as() const {
    GCOMPRESS_CHECK(dtype_ == data_type_of<T>());
    return {reinterpret_cast<const T*>(bytes_.data()), static_cast<std::size_t>(count_)};
  }

  // The same bytes under another shape of as many elements.
  Tensor reshaped(Shape shape) const;

 private:
  DataType dtype_ = DataType::kUndefined;
  Shape shape_;
  std::int64_t count_ = 0;
  Bytes bytes_;
};

// Floating tensors of any width as float32 values (rounded where wider); a bug for other types.
std::vector<float> to_float32(const Tensor& tensor);
// float32 values in another floating dtype (round to nearest even).
Tensor from_float32(DataType dtype, Shape shape, std::span<const float> values);
// Any integer or bool tensor as int64 values; throws Error(kInput) for other types.
std::vector<std::int64_t> to_int64(const Tensor& tensor);

// Same dtype, shape and bytes (NaNs equal themselves).
bool identical(const Tensor& a, const Tensor& b);

}  // namespace gcompress

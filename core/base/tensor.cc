// Tensors: construction, checks and conversion between floating types.
#include "gcompress/core/base/tensor.h"

#include <sys/mman.h>
#include <unistd.h>

#include <Eigen/Core>
#include <cstring>

namespace gcompress {
namespace {

std::size_t alignment_of(DataType dtype) {
  const auto bytes = static_cast<std::size_t>(bits_of(dtype) / 8);
  switch (dtype) {
    case DataType::kComplex64:
      return 4;
    case DataType::kComplex128:
      return 8;
    default:
      return bytes == 0 ? 1 : bytes;
  }
}

template <typename Source, typename Target>
std::vector<Target> convert(const std::byte* data, std::int64_t count) {
  std::vector<Target> values(static_cast<std::size_t>(count));
  const auto* source = reinterpret_cast<const Source*>(data);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Target>(source[i]);
  return values;
}

template <typename Target>
Tensor convert_from_float(DataType dtype, Shape shape, std::span<const float> values) {
  std::vector<Target> converted(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) converted[i] = static_cast<Target>(values[i]);
  return Tensor(dtype, std::move(shape), Bytes::own(std::move(converted)));
}

}  // namespace

Bytes Bytes::own(std::string values) {
  auto owner = std::make_shared<std::string>(std::move(values));
  const auto* data = reinterpret_cast<const std::byte*>(owner->data());
  return Bytes(owner, data, owner->size());
}

Bytes Bytes::slice(std::size_t offset, std::size_t size) const {
  GCOMPRESS_CHECK(offset <= size_ && size <= size_ - offset);
  return Bytes(owner_, data_ + offset, size, mapped_);
}

void Bytes::release_pages() const {
  if (!mapped_ || size_ == 0) return;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data_) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data_) + size_) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

Tensor::Tensor(DataType dtype, Shape shape, Bytes bytes)
    : dtype_(dtype),
      shape_(std::move(shape)),
      count_(element_count(shape_)),
      bytes_(std::move(bytes)) {
  if (dtype == DataType::kString) return;
  const std::size_t expected = byte_count(dtype, count_);
  if (bytes_.size() != expected) {
    throw_input("a tensor of type " + name_of(dtype) + " and shape " + to_string(shape_) +
                " needs " + std::to_string(expected) + " bytes but has " +
                std::to_string(bytes_.size()));
  }
  if (reinterpret_cast<std::uintptr_t>(bytes_.data()) % alignment_of(dtype) != 0) {
    throw_input("the data of a tensor of type " + name_of(dtype) + " is not aligned");
  }
}

Tensor Tensor::zeros(DataType dtype, Shape shape) {
  const std::size_t size = byte_count(dtype, element_count(shape));
  return Tensor(dtype, std::move(shape), Bytes::own(std::string(size, '\0')));
}

Tensor Tensor::reshaped(Shape shape) const {
  GCOMPRESS_CHECK(element_count(shape) == count_);
  return Tensor(dtype_, std::move(shape), bytes_);
}

std::vector<float> to_float32(const Tensor& tensor) {
  const std::byte* data = tensor.bytes().data();
  switch (tensor.dtype()) {
    case DataType::kFloat32:
      return convert<float, float>(data, tensor.size());
    case DataType::kFloat64:
      return convert<double, float>(data, tensor.size());
    case DataType::kFloat16:
      return convert<Eigen::half, float>(data, tensor.size());
    case DataType::kBfloat16:
      return convert<Eigen::bfloat16, float>(data, tensor.size());
    default:
      GCOMPRESS_CHECK(is_floating(tensor.dtype()));
  }
  return {};
}

Tensor from_float32(DataType dtype, Shape shape, std::span<const float> values) {
  switch (dtype) {
    case DataType::kFloat32:
      return convert_from_float<float>(dtype, std::move(shape), values);
    case DataType::kFloat64:
      return convert_from_float<double>(dtype, std::move(shape), values);
    case DataType::kFloat16:
      return convert_from_float<Eigen::half>(dtype, std::move(shape), values);
    case DataType::kBfloat16:
      return convert_from_float<Eigen::bfloat16>(dtype, std::move(shape), values);
    default:
      GCOMPRESS_CHECK(is_floating(dtype));
  }
  return {};
}

std::vector<std::int64_t> to_int64(const Tensor& tensor) {
  const std::byte* data = tensor.bytes().data();
  switch (tensor.dtype()) {
    case DataType::kInt64:
      return convert<std::int64_t, std::int64_t>(data, tensor.size());
    case DataType::kInt32:
      return convert<std::int32_t, std::int64_t>(data, tensor.size());
    case DataType::kInt16:
      return convert<std::int16_t, std::int64_t>(data, tensor.size());
    case DataType::kInt8:
      return convert<std::int8_t, std::int64_t>(data, tensor.size());
    case DataType::kUint64:
      return convert<std::uint64_t, std::int64_t>(data, tensor.size());
    case DataType::kUint32:
      return convert<std::uint32_t, std::int64_t>(data, tensor.size());
    case DataType::kUint16:
      return convert<std::uint16_t, std::int64_t>(data, tensor.size());
    case DataType::kUint8:
    case DataType::kBool:
      return convert<std::uint8_t, std::int64_t>(data, tensor.size());
    default:
      throw_input("a tensor of type " + name_of(tensor.dtype()) + " is not of integers");
  }
}

bool identical(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && a.byte_size() == b.byte_size() &&
         (a.byte_size() == 0 ||
          std::memcmp(a.bytes().data(), b.bytes().data(), a.byte_size()) == 0);
}

}  // namespace gcompress

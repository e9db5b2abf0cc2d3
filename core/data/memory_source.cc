// Rows of tensors in memory.
#include "gcompress/core/data/memory_source.h"

#include <cstring>
#include <utility>

namespace gcompress::data {
namespace {

Column column_of(const MemorySource::Part& part) {
  const Shape& shape = part.values.shape();
  return {
      .name = part.name, .dtype = part.values.dtype(), .shape = {shape.begin() + 1, shape.end()}};
}

}  // namespace

Tensor gather_rows(const Tensor& values, std::span<const std::int64_t> indices) {
  Shape shape = values.shape();
  GCOMPRESS_CHECK(!shape.empty() && bits_of(values.dtype()) % 8 == 0);
  const std::int64_t rows = shape.front();
  shape.front() = static_cast<std::int64_t>(indices.size());
  if (rows == 0 || values.byte_size() == 0) return Tensor::zeros(values.dtype(), std::move(shape));
  const std::size_t row_bytes = values.byte_size() / static_cast<std::size_t>(rows);
  std::vector<std::byte> bytes(indices.size() * row_bytes);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    GCOMPRESS_CHECK(indices[i] >= 0 && indices[i] < rows);
    std::memcpy(bytes.data() + i * row_bytes,
                values.bytes().data() + static_cast<std::size_t>(indices[i]) * row_bytes,
                row_bytes);
  }
  return Tensor(values.dtype(), std::move(shape), Bytes::own(std::move(bytes)));
}

MemorySource::MemorySource(std::vector<Part> inputs, std::optional<Part> labels) {
  GCOMPRESS_CHECK(!inputs.empty());
  const auto take = [this](const Part& part, const Part& first) {
    if (part.values.rank() == 0 || part.values.shape().front() != first.values.shape().front()) {
      throw_input("has shape " + to_string(part.values.shape()) + ", but " +
                      (first.name.empty() ? "the input" : first.name) + " has " +
                      to_string(first.values.shape()) + ": the numbers of samples differ",
                  {.file = {}, .node = {}, .value = part.name});
    }
    values_.push_back(part.values);
  };
  if (inputs.front().values.rank() == 0) {
    throw_input("is a single number, not one row a sample",
                {.file = {}, .node = {}, .value = inputs.front().name});
  }
  size_ = inputs.front().values.shape().front();
  for (const Part& part : inputs) {
    take(part, inputs.front());
    inputs_.push_back(column_of(part));
  }
  if (labels) {
    take(*labels, inputs.front());
    labels_ = column_of(*labels);
  }
}

Tensor MemorySource::read(std::size_t column, std::span<const std::int64_t> indices) const {
  GCOMPRESS_CHECK(column < values_.size());
  return gather_rows(values_[column], indices);
}

}  // namespace gcompress::data

// Tensors to sections and back.
#include "gcompress/core/packed/internal/tensor_codec.h"

#include <cstring>

#include "gcompress/core/packed/internal/layout.h"
#include "gcompress/core/packed/internal/section.h"

namespace gcompress::packed::internal {
namespace {

enum class Place : std::uint8_t { kInline = 0, kSection = 1 };

// Sub-byte types and strings are taken byte by byte.
ElementKind kind_of(DataType dtype, const Shape& shape) {
  const std::int64_t count = element_count(shape);
  const bool has_rows = shape.size() > 1 && shape.front() > 0;
  const int bits = bits_of(dtype);
  return {.width = bits < 8 ? 1 : static_cast<std::size_t>(bits / 8),
          .floating = is_floating(dtype),
          .content = dtype == DataType::kString ? Content::kText : Content::kNumbers,
          .max_expansion = kTensorExpansion,
          .row = static_cast<std::size_t>(has_rows ? count / shape.front() : count)};
}

// Strings lie one after another, each with its length before it.
void check_strings(std::span<const std::byte> bytes, std::int64_t count) {
  ByteReader reader(bytes);
  for (std::int64_t i = 0; i < count; ++i) reader.raw(reader.fixed64());
  if (reader.left() != 0) throw_input("a tensor has more strings than its shape says");
}

Shape read_shape(ByteReader& structure) {
  Shape shape;
  const std::size_t rank = structure.count();
  for (std::size_t i = 0; i < rank; ++i) shape.push_back(structure.signed_varint());
  return shape;
}

}  // namespace

TensorSize write_tensor(const Tensor& tensor, Way way, ByteWriter& structure,
                        std::ostream& sections) {
  TensorSize size{.dense = tensor.byte_size(), .section = 0, .parts = {}, .bounds = {}};
  structure.signed_varint(static_cast<std::int64_t>(tensor.dtype()));
  structure.varint(tensor.shape().size());
  for (const std::int64_t dimension : tensor.shape()) structure.signed_varint(dimension);
  if (tensor.byte_size() <= kInlineBytes) {
    structure.byte(static_cast<std::uint8_t>(Place::kInline));
    structure.varint(tensor.byte_size());
    structure.raw(tensor.bytes().view());
    return size;
  }
  structure.byte(static_cast<std::uint8_t>(Place::kSection));
  const WrittenSection written =
      write_section(tensor.bytes(), kind_of(tensor.dtype(), tensor.shape()), way, sections);
  written.section.write(structure);
  size.section = written.section.packed_bytes;
  size.parts = part_bytes(written.section);
  size.bounds = written.bounds;
  return size;
}

Tensor read_tensor(ByteReader& structure, std::span<const std::byte>& sections) {
  const auto dtype = static_cast<DataType>(structure.signed_varint());
  Shape shape = read_shape(structure);
  const std::int64_t count = element_count(shape);
  if (structure.byte() == static_cast<std::uint8_t>(Place::kInline)) {
    const auto view = structure.raw(structure.varint());
    if (dtype == DataType::kString) check_strings(view, count);
    return Tensor(dtype, std::move(shape),
                  Bytes::own(std::string(reinterpret_cast<const char*>(view.data()), view.size())));
  }
  const Section section = Section::read(structure);
  if (dtype != DataType::kString && section.raw_bytes != byte_count(dtype, count)) {
    throw_input("a tensor of type " + name_of(dtype) + " and shape " + to_string(shape) +
                " cannot have " + std::to_string(section.raw_bytes) + " bytes");
  }
  if (section.packed_bytes > sections.size()) throw_input("a tensor's section is cut off");
  const auto packed = sections.first(static_cast<std::size_t>(section.packed_bytes));
  sections = sections.subspan(packed.size());
  std::vector<std::byte> raw = read_section(section, kind_of(dtype, shape), packed);
  if (dtype == DataType::kString) check_strings(raw, count);
  return Tensor(dtype, std::move(shape), Bytes::own(std::move(raw)));
}

}  // namespace gcompress::packed::internal

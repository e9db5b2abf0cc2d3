// Bounds-checked reading, and its mirror.
#include "gcompress/core/packed/internal/byte_stream.h"

#include <bit>
#include <cstring>

#include "gcompress/core/base/error.h"

namespace gcompress::packed::internal {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie");

void ByteWriter::varint(std::uint64_t value) {
  for (; value >= 128; value >>= 7) byte(static_cast<std::uint8_t>(value | 128));
  byte(static_cast<std::uint8_t>(value));
}

void ByteWriter::signed_varint(std::int64_t value) {
  varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void ByteWriter::fixed32(std::uint32_t value) { raw(std::as_bytes(std::span(&value, 1))); }

void ByteWriter::fixed64(std::uint64_t value) { raw(std::as_bytes(std::span(&value, 1))); }

void ByteWriter::string(const std::string& value) {
  varint(value.size());
  bytes_ += value;
}

void ByteWriter::raw(std::span<const std::byte> bytes) {
  bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::span<const std::byte> ByteReader::raw(std::uint64_t size) {
  if (size > bytes_.size()) throw_input("its structure is damaged: it ends too early");
  const auto taken = bytes_.first(static_cast<std::size_t>(size));
  bytes_ = bytes_.subspan(taken.size());
  return taken;
}

std::uint8_t ByteReader::byte() { return static_cast<std::uint8_t>(raw(1).front()); }

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint8_t part = byte();
    value |= static_cast<std::uint64_t>(part & 127) << shift;
    if (part < 128) return value;
  }
  throw_input("its structure is damaged: a number is too long");
}

std::int64_t ByteReader::signed_varint() {
  const std::uint64_t value = varint();
  return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
}

std::uint32_t ByteReader::fixed32() {
  std::uint32_t value = 0;
  std::memcpy(&value, raw(sizeof(value)).data(), sizeof(value));
  return value;
}

std::uint64_t ByteReader::fixed64() {
  std::uint64_t value = 0;
  std::memcpy(&value, raw(sizeof(value)).data(), sizeof(value));
  return value;
}

std::string ByteReader::string() {
  const auto bytes = raw(varint());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t ByteReader::count() {
  const std::uint64_t items = varint();
  if (items > bytes_.size()) throw_input("its structure is damaged: a list ends too early");
  return static_cast<std::size_t>(items);
}

}  // namespace gcompress::packed::internal

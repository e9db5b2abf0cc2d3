// The binary encoding of small things: numbers, strings, lists. Little-endian; counts and sizes as
// LEB128 varints. Internal to core/packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gcompress::packed::internal {

class ByteWriter {
 public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void varint(std::uint64_t value);
  void signed_varint(std::int64_t value);  // zigzag
  void fixed32(std::uint32_t value);
  void fixed64(std::uint64_t value);
  void string(const std::string& value);
  void raw(std::span<const std::byte> bytes);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what ByteWriter wrote. Every method throws Error(kInput) rather than read past the end, and
// nothing is allocated that the bytes do not hold.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint8_t byte();
  std::uint64_t varint();
  std::int64_t signed_varint();
  std::uint32_t fixed32();
  std::uint64_t fixed64();
  std::string string();
  std::span<const std::byte> raw(std::uint64_t size);
  // The number of items in a list whose items take at least a byte each.
  std::size_t count();

  std::size_t left() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace gcompress::packed::internal

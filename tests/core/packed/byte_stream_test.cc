// Numbers and strings of the structure: the extremes, and reading past the end.
#include "gcompress/core/packed/internal/byte_stream.h"

#include <gtest/gtest.h>

#include <limits>

#include "gcompress/core/base/error.h"

namespace gcompress::packed::internal {
namespace {

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(ByteStream, NumbersComeBack) {
  ByteWriter writer;
  for (int shift = 0; shift < 64; ++shift) writer.varint(std::uint64_t{1} << shift);
  writer.varint(std::numeric_limits<std::uint64_t>::max());
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                   std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
    writer.signed_varint(value);
  }
  writer.fixed32(0x12345678);
  writer.fixed64(0x123456789ABCDEF0);
  writer.string(std::string("a\0b", 3));

  ByteReader reader(as_bytes(writer.bytes()));
  for (int shift = 0; shift < 64; ++shift) EXPECT_EQ(reader.varint(), std::uint64_t{1} << shift);
  EXPECT_EQ(reader.varint(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(reader.signed_varint(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.signed_varint(), -1);
  EXPECT_EQ(reader.signed_varint(), 0);
  EXPECT_EQ(reader.signed_varint(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(reader.fixed32(), 0x12345678U);
  EXPECT_EQ(reader.fixed64(), 0x123456789ABCDEF0U);
  EXPECT_EQ(reader.string(), std::string("a\0b", 3));
  EXPECT_EQ(reader.left(), 0U);
}

TEST(ByteStream, ReadingPastTheEndIsRefused) {
  const std::string three("\x05\x06\x07", 3);
  EXPECT_THROW(ByteReader(as_bytes(three)).fixed32(), Error);
  EXPECT_THROW(ByteReader(as_bytes(three)).string(), Error);
  EXPECT_THROW(ByteReader(as_bytes(three)).count(), Error);
  EXPECT_THROW(ByteReader(as_bytes(three)).raw(4), Error);
  EXPECT_THROW(ByteReader({}).byte(), Error);
  EXPECT_THROW(ByteReader(as_bytes(std::string("\xFF\xFF"))).varint(), Error);
  EXPECT_THROW(ByteReader(as_bytes(std::string(11, '\xFF'))).varint(), Error);
}

}  // namespace
}  // namespace gcompress::packed::internal

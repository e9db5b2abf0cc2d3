// Numbers of a fixed count of bits.
#include "gcompress/core/packed/internal/bit_fields.h"

#include <utility>

#include "gcompress/core/base/error.h"

namespace gcompress::packed::internal {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;

}  // namespace

BitFieldWriter::BitFieldWriter(int bits, Sink sink) : bits_(bits), sink_(std::move(sink)) {}

void BitFieldWriter::put(std::uint32_t value) {
  waiting_ |= std::uint64_t{value} << waiting_bits_;
  waiting_bits_ += bits_;
  for (; waiting_bits_ >= 8; waiting_bits_ -= 8, waiting_ >>= 8) {
    buffer_.push_back(static_cast<std::byte>(waiting_ & 0xFF));
  }
  if (buffer_.size() < kBufferBytes) return;
  sink_(buffer_);
  buffer_.clear();
}

void BitFieldWriter::finish() {
  if (waiting_bits_ > 0) buffer_.push_back(static_cast<std::byte>(waiting_ & 0xFF));
  waiting_bits_ = 0;
  if (!buffer_.empty()) sink_(buffer_);
  buffer_.clear();
}

std::uint32_t BitFieldReader::next() {
  for (; waiting_bits_ < bits_; waiting_bits_ += 8) {
    if (bytes_.empty()) throw_input("its section is damaged: it ends too early");
    waiting_ |= std::to_integer<std::uint64_t>(bytes_.front()) << waiting_bits_;
    bytes_ = bytes_.subspan(1);
  }
  const std::uint64_t value = waiting_ & ((std::uint64_t{1} << bits_) - 1);
  waiting_ >>= bits_;
  waiting_bits_ -= bits_;
  return static_cast<std::uint32_t>(value);
}

void BitFieldReader::finish() const {
  if (!bytes_.empty() || waiting_ != 0) {
    throw_input("its section is damaged: something follows its numbers");
  }
}

}  // namespace gcompress::packed::internal

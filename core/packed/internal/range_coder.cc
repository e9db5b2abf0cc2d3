// An adaptive binary range coder.
#include "gcompress/core/packed/internal/range_coder.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/base/error.h"

namespace gcompress::packed::internal {
namespace {

constexpr std::uint32_t kLeastRange = std::uint32_t{1} << 24;
constexpr std::size_t kBufferBytes = 1 << 16;

// 65536 / (n + 1.5)
constexpr std::array<std::uint32_t, 512> kReciprocals = [] {
  std::array<std::uint32_t, 512> table{};
  for (std::uint32_t n = 0; n < table.size(); ++n) table[n] = 2 * 65536 / (2 * n + 3);
  return table;
}();

// Of the range, what belongs to a 1.
std::uint32_t part_of(std::uint32_t range, const AdaptiveBit& model) {
  return static_cast<std::uint32_t>((std::uint64_t{range} * model.probability()) >> 16);
}

}  // namespace

std::uint32_t moved_towards(std::uint32_t value, std::uint32_t target, std::uint32_t n) {
  const std::int64_t way = static_cast<std::int64_t>(target) - value;
  return static_cast<std::uint32_t>(value + ((way * kReciprocals[n]) >> 16));
}

std::uint32_t AdaptiveBit::probability() const {
  return std::clamp<std::uint32_t>(one_ >> 8, 16, 65536 - 16);
}

void AdaptiveBit::update(bool bit) {
  one_ = moved_towards(one_, bit ? kOne : 0, seen_);
  if (seen_ < kMostSeen) ++seen_;
}

RangeEncoder::RangeEncoder(Sink sink) : sink_(std::move(sink)) {}

void RangeEncoder::encode(bool bit, AdaptiveBit& model) {
  const std::uint32_t part = part_of(range_, model);
  if (bit) {
    range_ = part;
  } else {
    low_ += part;
    range_ -= part;
  }
  for (; range_ < kLeastRange; range_ <<= 8) shift_low();
  model.update(bit);
}

void RangeEncoder::shift_low() {
  const bool carry = low_ >> 32 != 0;
  if (carry || low_ < 0xFF000000) {
    if (has_cache_) put(static_cast<std::uint8_t>(cache_ + (carry ? 1 : 0)));
    for (; pending_ > 0; --pending_) put(carry ? 0x00 : 0xFF);
    cache_ = static_cast<std::uint8_t>(low_ >> 24);
    has_cache_ = true;
  } else {
    ++pending_;
  }
  low_ = (low_ & 0x00FFFFFF) << 8;
}

void RangeEncoder::put(std::uint8_t byte) {
  if (byte == 0) {
    ++zeros_;
    return;
  }
  buffer_.insert(buffer_.end(), zeros_, std::byte{0});
  zeros_ = 0;
  buffer_.push_back(std::byte{byte});
  if (buffer_.size() < kBufferBytes) return;
  sink_(buffer_);
  buffer_.clear();
}

void RangeEncoder::finish() {
  // Of the numbers in the range, one with as many zero bytes behind as there can be.
  const std::uint64_t last = low_ + range_ - 1;
  for (const std::uint64_t zeros : {0xFFFFFFULL, 0xFFFFULL, 0xFFULL, 0ULL}) {
    const std::uint64_t candidate = (low_ + zeros) & ~zeros;
    if (candidate > last) continue;
    low_ = candidate;
    break;
  }
  for (int i = 0; i < 5; ++i) shift_low();
  if (!buffer_.empty()) sink_(buffer_);
  buffer_.clear();
}

RangeDecoder::RangeDecoder(std::span<const std::byte> bytes) : bytes_(bytes) {
  for (int i = 0; i < 4; ++i) code_ = (code_ << 8) | next();
}

std::uint32_t RangeDecoder::next() {
  if (place_ == bytes_.size()) return 0;
  return std::to_integer<std::uint32_t>(bytes_[place_++]);
}

bool RangeDecoder::decode(AdaptiveBit& model) {
  const std::uint32_t part = part_of(range_, model);
  const bool bit = code_ < part;
  if (bit) {
    range_ = part;
  } else {
    code_ -= part;
    range_ -= part;
  }
  for (; range_ < kLeastRange; range_ <<= 8) code_ = (code_ << 8) | next();
  model.update(bit);
  return bit;
}

void RangeDecoder::finish() const {
  if (place_ != bytes_.size()) throw_input("its coded data is damaged: bytes are left over");
}

}  // namespace gcompress::packed::internal

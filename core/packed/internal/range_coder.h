// An adaptive binary range coder: bits whose probabilities are learnt on the way, written in little
// more than their entropy. Integers only, so every machine writes and reads the same bytes.
// Internal to core/packed; docs/formats.md describes the stream.
//
// Martin 1979, "Range encoding"; carries as in LZMA (Pavlov). Each decision keeps its own
// probability, at first 1/2, moved towards what came by 1 / (n + 1.5) after n decisions (Krichevsky
// and Trofimov 1981), by 1 / 512 from then on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/packed/internal/zstd_stream.h"

namespace gcompress::packed::internal {

inline constexpr std::uint32_t kOne = std::uint32_t{1} << 24;  // the probability 1

// The probability of a 1, at most kMostSeen decisions old.
class AdaptiveBit {
 public:
  // Of 65,536, never 0 or all.
  std::uint32_t probability() const;
  void update(bool bit);

 private:
  static constexpr std::uint16_t kMostSeen = 510;
  std::uint32_t one_ = kOne / 2;
  std::uint16_t seen_ = 0;
};

// value + (target - value) / (n + 1.5), rounded down; n at most 511.
std::uint32_t moved_towards(std::uint32_t value, std::uint32_t target, std::uint32_t n);

class RangeEncoder {
 public:
  explicit RangeEncoder(Sink sink);
  void encode(bool bit, AdaptiveBit& model);
  // Writes what is left; zero bytes at the end of the stream are left out.
  void finish();

 private:
  void shift_low();
  void put(std::uint8_t byte);

  Sink sink_;
  std::vector<std::byte> buffer_;
  std::size_t zeros_ = 0;  // held back
  std::uint64_t low_ = 0;
  std::uint32_t range_ = 0xFFFFFFFF;
  std::uint8_t cache_ = 0;  // waits for a carry, with `pending_` bytes 0xFF behind it
  bool has_cache_ = false;
  std::uint64_t pending_ = 0;
};

// Any bytes can be decoded: behind the end come zeros. What is decoded is bounded by the caller.
class RangeDecoder {
 public:
  explicit RangeDecoder(std::span<const std::byte> bytes);
  bool decode(AdaptiveBit& model);
  // Throws Error(kInput) if bytes are left.
  void finish() const;

 private:
  std::uint32_t next();

  std::span<const std::byte> bytes_;
  std::size_t place_ = 0;
  std::uint32_t code_ = 0;
  std::uint32_t range_ = 0xFFFFFFFF;
};

}  // namespace gcompress::packed::internal

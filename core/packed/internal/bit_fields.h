// Numbers of a fixed count of bits, one after another, lowest bit first. Internal to core/packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/packed/internal/zstd_stream.h"

namespace gcompress::packed::internal {

class BitFieldWriter {
 public:
  BitFieldWriter(int bits, Sink sink);
  void put(std::uint32_t value);
  void finish();  // fills the last byte with zeros

 private:
  int bits_;
  Sink sink_;
  std::uint64_t waiting_ = 0;
  int waiting_bits_ = 0;
  std::vector<std::byte> buffer_;
};

class BitFieldReader {
 public:
  BitFieldReader(int bits, std::span<const std::byte> bytes) : bits_(bits), bytes_(bytes) {}
  std::uint32_t next();  // throws Error(kInput) at the end
  void finish() const;   // throws Error(kInput) if bytes are left

 private:
  int bits_;
  std::span<const std::byte> bytes_;
  std::uint64_t waiting_ = 0;
  int waiting_bits_ = 0;
};

}  // namespace gcompress::packed::internal

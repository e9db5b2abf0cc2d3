// Which elements of a tensor are written, that is, have a bit set. Internal to core/packed;
// docs/formats.md describes the forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/packed/internal/section.h"

namespace gcompress::packed::internal {

enum class PositionForm : std::uint8_t {
  kAll = 0,         // every element is
  kZstdBitmap = 1,  // a bitmap, compressed: finds patterns
  kCoded = 2,       // a range-coded bit each: knows rows and columns
  kGaps = 3,        // distances in a fixed count of bits
  kBitmap = 4,
};

// The part of a section that says it, in the smallest form of those that the way allows.
std::string write_positions(const Bytes& bytes, const ElementKind& kind, std::size_t written,
                            Way way);

class PositionReader {
 public:
  virtual ~PositionReader() = default;
  // The places of the written elements among the next `count`.
  virtual void next(std::size_t count, std::vector<std::uint32_t>& written) = 0;
  // Throws Error(kInput) if the part goes on.
  virtual void finish() = 0;
};

// Throws Error(kInput) if the part is damaged, as do its methods.
std::unique_ptr<PositionReader> read_positions(std::span<const std::byte> part,
                                               const ElementKind& kind, std::size_t elements);

}  // namespace gcompress::packed::internal

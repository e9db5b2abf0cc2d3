// Which elements of a tensor are written, that is, are not zero; signs of floating zeros are kept
// beside. Internal to core/packed; docs/formats.md describes the forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/packed/internal/section.h"
#include "gcompress/core/packed/internal/statistics.h"

namespace gcompress::packed::internal {

enum class PositionForm : std::uint8_t {
  kAll = 0,         // every element is
  kZstdBitmap = 1,  // a bitmap, compressed: finds patterns
  kCoded = 2,       // a range-coded bit each: knows rows and columns
  kGaps = 3,        // distances in a fixed count of bits
  kBitmap = 4,
  kWithSigns = 5,  // one of the others, and the signs of the zeros
};

// The part of a section that says it, in the smallest form of those that the way allows.
std::string write_positions(const Bytes& bytes, const ElementKind& kind,
                            const Statistics& statistics, Way way);

class PositionReader {
 public:
  virtual ~PositionReader() = default;
  // Appends the places of the written elements among the next `count`, which are `group`.
  virtual void next(std::size_t count, std::vector<std::uint32_t>& written, std::byte* group) = 0;
  // Throws Error(kInput) if the part goes on.
  virtual void finish() = 0;
};

// Bits, compressed or as they are.
class BitmapSource {
 public:
  virtual ~BitmapSource() = default;
  virtual void read(std::span<std::byte> bitmap) = 0;  // throws Error(kInput) at the end
  virtual void finish() = 0;                           // throws Error(kInput) before it
};
// Of form kZstdBitmap or kBitmap; throws Error(kInput) for another.
std::unique_ptr<BitmapSource> bitmap_source(PositionForm form, std::span<const std::byte> bytes);

Sink append_to(std::string& text);

// Throws Error(kInput) if the part is damaged, as do its methods.
std::unique_ptr<PositionReader> read_positions(std::span<const std::byte> part,
                                               const ElementKind& kind, std::size_t elements);

}  // namespace gcompress::packed::internal

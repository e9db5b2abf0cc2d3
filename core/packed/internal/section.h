// A section: one tensor's bytes, compressed. Internal to core/packed; docs/formats.md describes it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <vector>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/packed/internal/byte_stream.h"
#include "gcompress/core/packed/internal/zstd_stream.h"

namespace gcompress::packed::internal {

// A section expands at most so many times (it is padded to that), so that a small hostile file
// cannot ask for much memory. The structure, whose bytes become larger structs, is held shorter.
inline constexpr std::size_t kTensorExpansion = 1024;
inline constexpr std::size_t kStructureExpansion = 16;

// What a section's bytes are.
struct ElementKind {
  std::size_t width = 1;  // bytes, 1 to 16
  bool floating = false;  // the highest bit is a sign, so that a zero may be negative
  Content content = Content::kNumbers;
  std::size_t max_expansion = kTensorExpansion;
};

inline constexpr ElementKind kStructureKind = {
    .width = 1, .floating = false, .content = Content::kText, .max_expansion = kStructureExpansion};

// How the elements are told apart that have their bytes written.
enum class Coding : std::uint8_t {
  kDense = 0,        // all have
  kSparse = 1,       // those with any bit set; a bitmap says which
  kSignedZeros = 2,  // those that are not zero; a second bitmap has the signs of the zeros
};

// What the structure says about a section.
struct Section {
  Coding coding = Coding::kDense;
  std::uint64_t raw_bytes = 0;       // of the tensor
  std::uint64_t packed_bytes = 0;    // of the section with its padding
  std::uint64_t checksum = 0;        // of the packed bytes
  std::vector<std::uint64_t> parts;  // compressed bytes of each: bitmaps, then a plane per byte

  void write(ByteWriter& writer) const;
  static Section read(ByteReader& reader);
};

// hash64 of the first MiB, which seeds that of the second, and so on.
std::uint64_t checksum_of(std::span<const std::byte> bytes);

// Packs with the coding that promises the smallest size. Reads mapped bytes front to back, once per
// part, and releases them.
Section write_section(const Bytes& bytes, const ElementKind& kind, std::ostream& stream);

// Unpacks. Throws Error(kInput) if the section is damaged or does not fit its description.
std::vector<std::byte> read_section(const Section& section, const ElementKind& kind,
                                    std::span<const std::byte> packed);

}  // namespace gcompress::packed::internal

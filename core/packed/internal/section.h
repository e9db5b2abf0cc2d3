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
  std::size_t row = 1;  // elements of a row: all that share a place along the first axis
};

inline constexpr ElementKind kStructureKind = {
    .width = 1, .floating = false, .content = Content::kText, .max_expansion = kStructureExpansion};

// How the elements are stored. All but kDense leave out those that are zero, and
// keep the signs of zeros beside the positions.
enum class Coding : std::uint8_t {
  kDense = 0,         // planes
  kSparse = 1,        // zstd bitmap of what has a bit set, planes; of version 1, only read
  kSignedZeros = 2,   // zstd bitmap, one of the zeros' signs, planes; of version 1, only read
  kPlanes = 3,        // positions, planes
  kShared = 4,        // positions, codebook, coded indices
  kRaw = 5,           // positions, elements
  kPackedShared = 6,  // positions, codebook, indices in as few bits as all fit
};

// How small, at what cost in reading. kCoded: zstd and a range coder. kPlain: fields of a fixed
// count of bits and bytes as they are.
enum class Way { kCoded, kPlain };

// What the structure says about a section.
struct Section {
  Coding coding = Coding::kDense;
  std::uint64_t raw_bytes = 0;       // of the tensor
  std::uint64_t packed_bytes = 0;    // of the section with its padding
  std::uint64_t checksum = 0;        // of the packed bytes
  std::vector<std::uint64_t> parts;  // bytes of each, in the order that the coding names

  void write(ByteWriter& writer) const;
  static Section read(ByteReader& reader);
};

// Bytes that a section can hardly undercut (statistics.h).
struct Bounds {
  double positions = 0;
  double values = 0;
};

struct WrittenSection {
  Section section;
  Bounds bounds;
};

// Bytes of its parts by what they say.
struct PartBytes {
  std::uint64_t positions = 0;
  std::uint64_t values = 0;  // with codebooks
};
PartBytes part_bytes(const Section& section);

// hash64 of the first MiB, which seeds that of the second, and so on.
std::uint64_t checksum_of(std::span<const std::byte> bytes);

// Packs with the coding that promises the smallest size. Reads mapped bytes front to back, once per
// part, and releases them.
WrittenSection write_section(const Bytes& bytes, const ElementKind& kind, Way way,
                             std::ostream& stream);

// Unpacks. Throws Error(kInput) if the section is damaged or does not fit its description.
std::vector<std::byte> read_section(const Section& section, const ElementKind& kind,
                                    std::span<const std::byte> packed);

}  // namespace gcompress::packed::internal

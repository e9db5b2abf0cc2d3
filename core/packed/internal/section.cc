// A section's description, checksum and choice of coding.
#include "gcompress/core/packed/internal/section.h"

#include <algorithm>
#include <ostream>
#include <string>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/packed/internal/section_parts.h"

namespace gcompress::packed::internal {
namespace {

constexpr std::size_t kChecksumBlock = std::size_t{1} << 20;
constexpr std::size_t kMaxParts = 18;  // two bitmaps, 16 planes

[[noreturn]] void throw_damaged(const std::string& what) {
  throw_input("its section is damaged: " + what);
}

std::size_t bitmaps_of(Coding coding) { return static_cast<std::size_t>(coding); }

// Counts and hashes what passes to the stream.
class Output {
 public:
  explicit Output(std::ostream& stream) : stream_(stream) {}

  void write(std::span<const std::byte> bytes) {
    written_ += bytes.size();
    while (!bytes.empty()) {
      const auto taken = bytes.first(std::min(bytes.size(), kChecksumBlock - block_.size()));
      block_.insert(block_.end(), taken.begin(), taken.end());
      bytes = bytes.subspan(taken.size());
      if (block_.size() == kChecksumBlock) flush();
    }
  }

  std::uint64_t written() const { return written_; }

  std::uint64_t finish() {
    if (!block_.empty()) flush();
    return checksum_;
  }

 private:
  void flush() {
    checksum_ = hash64(std::span<const std::byte>(block_), checksum_);
    stream_.write(reinterpret_cast<const char*>(block_.data()),
                  static_cast<std::streamsize>(block_.size()));
    block_.clear();
  }

  std::ostream& stream_;
  std::vector<std::byte> block_;
  std::uint64_t checksum_ = 0;
  std::uint64_t written_ = 0;
};

// By the sizes before zstd.
Coding choose_coding(const Bytes& bytes, const ElementKind& kind) {
  if (kind.content == Content::kText) return Coding::kDense;  // zstd sees to the zeros
  const std::size_t elements = bytes.size() / kind.width;
  const Counts counts = count_elements(bytes, kind);
  const std::size_t sparse = elements / 8 + counts.any_bit_set * kind.width;
  const std::size_t signed_zeros =
      elements / 8 + (elements - counts.not_zero) / 8 + counts.not_zero * kind.width;
  if (std::min(sparse, signed_zeros) >= bytes.size()) return Coding::kDense;
  return signed_zeros < sparse ? Coding::kSignedZeros : Coding::kSparse;
}

void check_section(const Section& section, const ElementKind& kind,
                   std::span<const std::byte> packed) {
  if (checksum_of(packed) != section.checksum) throw_damaged("its checksum differs");
  if (section.raw_bytes / kind.max_expansion > packed.size()) {
    throw_damaged("it claims to hold more than " + std::to_string(kind.max_expansion) +
                  " times its size");
  }
  if (section.raw_bytes % kind.width != 0) throw_damaged("its size does not fit its element type");
  if (section.parts.size() != bitmaps_of(section.coding) + kind.width) {
    throw_damaged("it has a wrong number of parts");
  }
  if (section.coding == Coding::kSignedZeros && !kind.floating) {
    throw_damaged("only floating elements have signed zeros");
  }
}

}  // namespace

void Section::write(ByteWriter& writer) const {
  writer.byte(static_cast<std::uint8_t>(coding));
  writer.varint(raw_bytes);
  writer.varint(packed_bytes);
  writer.fixed64(checksum);
  writer.varint(parts.size());
  for (const std::uint64_t part : parts) writer.varint(part);
}

Section Section::read(ByteReader& reader) {
  Section section;
  const std::uint8_t coding = reader.byte();
  if (coding > static_cast<std::uint8_t>(Coding::kSignedZeros)) throw_damaged("unknown coding");
  section.coding = static_cast<Coding>(coding);
  section.raw_bytes = reader.varint();
  section.packed_bytes = reader.varint();
  section.checksum = reader.fixed64();
  const std::size_t parts = reader.count();
  if (parts > kMaxParts) throw_damaged("it has too many parts");
  for (std::size_t i = 0; i < parts; ++i) section.parts.push_back(reader.varint());
  return section;
}

std::uint64_t checksum_of(std::span<const std::byte> bytes) {
  std::uint64_t checksum = 0;
  while (!bytes.empty()) {
    const auto block = bytes.first(std::min(bytes.size(), kChecksumBlock));
    checksum = hash64(block, checksum);
    bytes = bytes.subspan(block.size());
  }
  return checksum;
}

Section write_section(const Bytes& bytes, const ElementKind& kind, std::ostream& stream) {
  GCOMPRESS_CHECK(bytes.size() % kind.width == 0);
  Section section;
  section.raw_bytes = bytes.size();
  section.coding = choose_coding(bytes, kind);

  Output output(stream);
  const std::size_t bitmaps = bitmaps_of(section.coding);
  for (std::size_t part = 0; part < bitmaps + kind.width; ++part) {
    const std::uint64_t start = output.written();
    Compressor compressor(kind.content,
                          [&](std::span<const std::byte> piece) { output.write(piece); });
    if (part >= bitmaps) {
      write_plane(bytes, kind, section.coding, part - bitmaps, compressor);
    } else if (part == 0) {
      write_bitmap(bytes, kind, section.coding, compressor);
    } else {
      write_signs(bytes, kind, compressor);
    }
    compressor.finish();
    section.parts.push_back(output.written() - start);
  }
  const std::uint64_t least = section.raw_bytes / kind.max_expansion;
  if (output.written() < least) {
    output.write(std::vector<std::byte>(static_cast<std::size_t>(least - output.written())));
  }
  section.packed_bytes = output.written();
  section.checksum = output.finish();
  return section;
}

std::vector<std::byte> read_section(const Section& section, const ElementKind& kind,
                                    std::span<const std::byte> packed) {
  check_section(section, kind, packed);
  std::vector<Decompressor> parts;
  for (const std::uint64_t size : section.parts) {
    if (size > packed.size()) throw_damaged("a part is too long");
    parts.emplace_back(packed.first(static_cast<std::size_t>(size)));
    packed = packed.subspan(static_cast<std::size_t>(size));
  }
  std::vector<std::byte> raw(static_cast<std::size_t>(section.raw_bytes));
  read_parts(parts, kind, section.coding, raw);
  for (Decompressor& part : parts) part.finish();
  return raw;
}

}  // namespace gcompress::packed::internal

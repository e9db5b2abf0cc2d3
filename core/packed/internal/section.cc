// A section's description, checksum and parts.
#include "gcompress/core/packed/internal/section.h"

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <string>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/packed/internal/choose_coding.h"
#include "gcompress/core/packed/internal/elements.h"
#include "gcompress/core/packed/internal/positions.h"
#include "gcompress/core/packed/internal/section_parts.h"
#include "gcompress/core/packed/internal/statistics.h"
#include "gcompress/core/packed/internal/values.h"

namespace gcompress::packed::internal {
namespace {

constexpr std::size_t kChecksumBlock = std::size_t{1} << 20;
constexpr std::size_t kMaxParts = 18;  // two of positions, 16 planes

[[noreturn]] void throw_damaged(const std::string& what) {
  throw_input("its section is damaged: " + what);
}

// The parts of a coding: first those of positions, then those of values; 0: a plane for each byte.
struct Layout {
  std::size_t positions;
  std::size_t values;
};
constexpr std::array<Layout, 7> kLayouts = {
    {{0, 0}, {1, 0}, {2, 0}, {1, 0}, {1, 2}, {1, 1}, {1, 2}}};

const Layout& layout_of(Coding coding) { return kLayouts[static_cast<std::size_t>(coding)]; }

std::size_t parts_of(Coding coding, std::size_t width) {
  const Layout& layout = layout_of(coding);
  return layout.positions + (layout.values == 0 ? width : layout.values);
}

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

void check_section(const Section& section, const ElementKind& kind,
                   std::span<const std::byte> packed) {
  if (checksum_of(packed) != section.checksum) throw_damaged("its checksum differs");
  if (section.raw_bytes / kind.max_expansion > packed.size()) {
    throw_damaged("it claims to hold more than " + std::to_string(kind.max_expansion) +
                  " times its size");
  }
  if (section.raw_bytes % kind.width != 0) throw_damaged("its size does not fit its element type");
  if (section.parts.size() != parts_of(section.coding, kind.width)) {
    throw_damaged("it has a wrong number of parts");
  }
  if (section.coding == Coding::kSignedZeros && !kind.floating) {
    throw_damaged("only floating elements have signed zeros");
  }
}

// What a part is made of.
struct Source {
  const Bytes& bytes;
  const ElementKind& kind;
  const Statistics& statistics;
  Coding coding;
};

void write_part(const Source& source, std::size_t part, const Sink& sink) {
  const auto& [bytes, kind, statistics, coding] = source;
  const Way way = coding >= Coding::kRaw ? Way::kPlain : Way::kCoded;
  if (coding >= Coding::kPlanes && part == 0) {
    const std::string positions = write_positions(bytes, kind, statistics, way);
    sink(std::as_bytes(std::span(positions.data(), positions.size())));
  } else if (coding <= Coding::kPlanes) {
    write_plane(bytes, kind, coding, part - layout_of(coding).positions, sink);
  } else if (coding == Coding::kRaw) {
    write_raw(bytes, kind, sink);
  } else if (part == 1) {
    write_codebook(statistics, kind, sink);
  } else {
    write_indices(bytes, kind, statistics, way, sink);
  }
}

using Parts = std::vector<std::span<const std::byte>>;

std::unique_ptr<ValueReader> read_values(const Parts& parts, const ElementKind& kind,
                                         Coding coding) {
  if (coding == Coding::kPlanes) return read_planes(std::span(parts).subspan(1), kind);
  if (coding == Coding::kRaw) return read_raw(parts[1], kind);
  return read_shared(parts[1], parts[2], kind,
                     coding == Coding::kShared ? Way::kCoded : Way::kPlain);
}

// Fills `raw` (zeros) from the parts of a coding that has positions.
void read_elements(const Parts& parts, const ElementKind& kind, Coding coding,
                   std::span<std::byte> raw) {
  const std::size_t elements = raw.size() / kind.width;
  const auto positions = read_positions(parts[0], kind, elements);
  const auto values = read_values(parts, kind, coding);
  std::vector<std::uint32_t> written;
  for (std::size_t start = 0; start < elements; start += kGroup) {
    written.clear();
    std::byte* group = raw.data() + start * kind.width;
    positions->next(std::min(kGroup, elements - start), written, group);
    values->next(written, group);
  }
  positions->finish();
  values->finish();
}

}  // namespace

PartBytes part_bytes(const Section& section) {
  PartBytes bytes;
  for (std::size_t i = 0; i < section.parts.size(); ++i) {
    (i < layout_of(section.coding).positions ? bytes.positions : bytes.values) += section.parts[i];
  }
  return bytes;
}

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
  if (coding >= kLayouts.size()) throw_damaged("unknown coding");
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

WrittenSection write_section(const Bytes& bytes, const ElementKind& kind, Way way,
                             std::ostream& stream) {
  GCOMPRESS_CHECK(bytes.size() % kind.width == 0);
  const Statistics statistics = statistics_of(bytes, kind);
  Section section;
  section.raw_bytes = bytes.size();
  section.coding = choose_coding(statistics, kind, way);

  Output output(stream);
  const Sink sink = [&](std::span<const std::byte> piece) { output.write(piece); };
  for (std::size_t part = 0; part < parts_of(section.coding, kind.width); ++part) {
    const std::uint64_t start = output.written();
    write_part({bytes, kind, statistics, section.coding}, part, sink);
    section.parts.push_back(output.written() - start);
  }
  const std::uint64_t least = section.raw_bytes / kind.max_expansion;
  if (output.written() < least) {
    output.write(std::vector<std::byte>(static_cast<std::size_t>(least - output.written())));
  }
  section.packed_bytes = output.written();
  section.checksum = output.finish();
  return {std::move(section), bounds_of(statistics, kind)};
}

std::vector<std::byte> read_section(const Section& section, const ElementKind& kind,
                                    std::span<const std::byte> packed) {
  check_section(section, kind, packed);
  Parts parts;
  for (const std::uint64_t size : section.parts) {
    if (size > packed.size()) throw_damaged("a part is too long");
    parts.push_back(packed.first(static_cast<std::size_t>(size)));
    packed = packed.subspan(static_cast<std::size_t>(size));
  }
  std::vector<std::byte> raw(static_cast<std::size_t>(section.raw_bytes));
  if (section.coding <= Coding::kSignedZeros) {
    std::vector<Decompressor> frames;
    for (const auto& part : parts) frames.emplace_back(part);
    read_parts(frames, kind, section.coding, raw);
    for (Decompressor& frame : frames) frame.finish();
  } else {
    read_elements(parts, kind, section.coding, raw);
  }
  return raw;
}

}  // namespace gcompress::packed::internal

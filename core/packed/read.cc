// Unpacking: the footer first, which vouches for the rest.
#include <cstring>

#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/graph/topology.h"
#include "gcompress/core/packed/internal/layout.h"
#include "gcompress/core/packed/internal/section.h"
#include "gcompress/core/packed/internal/structure.h"
#include "gcompress/core/packed/internal/tensor_codec.h"
#include "gcompress/core/packed/packed.h"

namespace gcompress::packed {
namespace {

using internal::ByteReader;

// The parts of a file whose header and footer are sound.
struct Parts {
  std::span<const std::byte> sections;  // of tensors
  internal::Section structure;
  std::span<const std::byte> packed_structure;
};

void check_header(std::span<const std::byte> header) {
  if (std::memcmp(header.data(), internal::kMagic.data(), internal::kMagic.size()) != 0) {
    throw_input("it is not a .gcz file");
  }
  ByteReader reader(header.subspan(internal::kMagic.size()));
  const std::uint32_t version = reader.fixed32();
  if (version < 1 || version > internal::kVersion || reader.fixed32() != 0) {
    throw_input("it is of .gcz version " + std::to_string(version) + ", but only versions up to " +
                    std::to_string(internal::kVersion) + " are known",
                {}, "unpack it with the version of gcompress that made it");
  }
}

Parts split(std::span<const std::byte> bytes) {
  if (bytes.size() < internal::kHeaderBytes + internal::kFooterBytes) {
    throw_input("it is not a .gcz file, or cut off: it has only " + std::to_string(bytes.size()) +
                " bytes");
  }
  const auto header = bytes.first(internal::kHeaderBytes);
  check_header(header);
  const auto body =
      bytes.subspan(header.size(), bytes.size() - header.size() - internal::kFooterBytes);
  ByteReader footer(bytes.last(internal::kFooterBytes));
  const std::uint64_t description_size = footer.fixed64();
  const std::uint64_t file_size = footer.fixed64();
  const std::uint64_t checksum = footer.fixed64();
  const bool sizes_fit = file_size == bytes.size() && description_size <= body.size();
  if (!sizes_fit) throw_input("it is cut off or damaged: its end is not where it should be");
  const auto description = body.last(static_cast<std::size_t>(description_size));
  const auto hashed = bytes.last(description.size() + internal::kFooterBytes);
  if (hash64(hashed.first(hashed.size() - sizeof(checksum)), hash64(header)) != checksum) {
    throw_input("it is damaged: the checksum of its end differs");
  }
  ByteReader reader(description);
  Parts parts;
  parts.structure = internal::Section::read(reader);
  const auto sections = body.first(body.size() - description.size());
  if (parts.structure.packed_bytes > sections.size() || reader.left() != 0) {
    throw_input("it is damaged: its structure has a wrong size");
  }
  const auto structure_size = static_cast<std::size_t>(parts.structure.packed_bytes);
  parts.packed_structure = sections.last(structure_size);
  parts.sections = sections.first(sections.size() - structure_size);
  return parts;
}

graph::Network unpack(const Bytes& file) {
  const Parts parts = split(file.view());
  const std::vector<std::byte> structure =
      internal::read_section(parts.structure, internal::kStructureKind, parts.packed_structure);
  ByteReader reader(structure);
  std::span<const std::byte> left = parts.sections;
  graph::Network network = internal::read_structure(reader, [&](ByteReader& description) {
    const std::byte* start = left.data();
    Tensor tensor = internal::read_tensor(description, left);
    const auto used = static_cast<std::size_t>(left.data() - start);
    file.slice(static_cast<std::size_t>(start - file.data()), used).release_pages();
    return tensor;
  });
  if (!left.empty()) throw_input("it is damaged: bytes that belong to no tensor");
  graph::check_and_sort(network);
  return network;
}

}  // namespace

graph::Network read(const std::filesystem::path& file) {
  try {
    graph::Network network = unpack(map_file(file));
    network.source = file;
    return network;
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
}

graph::Network read_bytes(std::span<const std::byte> bytes, const std::string& name) {
  try {
    return unpack(Bytes(nullptr, bytes.data(), bytes.size()));
  } catch (const Error& error) {
    throw error.in_file(name);
  }
}

}  // namespace gcompress::packed

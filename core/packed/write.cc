// Packing: header, a section per large tensor, the structure, the footer.
#include <ostream>
#include <sstream>

#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/packed/internal/layout.h"
#include "gcompress/core/packed/internal/section.h"
#include "gcompress/core/packed/internal/structure.h"
#include "gcompress/core/packed/internal/tensor_codec.h"
#include "gcompress/core/packed/packed.h"

namespace gcompress::packed {
namespace {

using internal::ByteWriter;

void put(std::ostream& stream, const std::string& bytes) {
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string make_header() {
  ByteWriter header;
  header.raw(std::as_bytes(std::span(internal::kMagic)));
  header.fixed32(internal::kVersion);
  header.fixed32(0);
  GCOMPRESS_CHECK(header.bytes().size() == internal::kHeaderBytes);
  return header.bytes();
}

// Writes the whole file to the stream; returns its size.
std::uint64_t write_stream(const graph::Network& network, std::ostream& stream) {
  const std::string header = make_header();
  put(stream, header);
  std::uint64_t size = header.size();

  ByteWriter structure;
  internal::write_structure(network, structure, [&](const Tensor& tensor, ByteWriter& description) {
    size += internal::write_tensor(tensor, description, stream);
  });
  const internal::Section section =
      internal::write_section(Bytes::own(structure.bytes()), internal::kStructureKind, stream);
  size += section.packed_bytes;

  ByteWriter end;
  section.write(end);
  const std::uint64_t description_size = end.bytes().size();
  size += description_size + internal::kFooterBytes;
  end.fixed64(description_size);
  end.fixed64(size);
  end.fixed64(hash64(end.bytes(), hash64(header)));
  put(stream, end.bytes());
  return size;
}

}  // namespace

PackResult write(const graph::Network& network, const std::filesystem::path& file) {
  PackResult result;
  try {
    write_file_atomically(file, [&](std::ostream& stream) {
      result.bytes = static_cast<std::size_t>(write_stream(network, stream));
    });
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
  return result;
}

std::string write_bytes(const graph::Network& network) {
  std::ostringstream stream;
  write_stream(network, stream);
  return std::move(stream).str();
}

}  // namespace gcompress::packed

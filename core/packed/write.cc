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

void add(const internal::TensorSize& size, PackResult& result) {
  result.dense_bytes += size.dense;
  result.positions += size.parts.positions;
  result.values += size.parts.values;
  result.positions_bound += size.bounds.positions;
  result.values_bound += size.bounds.values;
}

// Writes the whole file to the stream.
PackResult write_stream(const graph::Network& network, const PackOptions& options,
                        std::ostream& stream) {
  const internal::Way way = options.plain ? internal::Way::kPlain : internal::Way::kCoded;
  PackResult result;
  const std::string header = make_header();
  put(stream, header);
  std::uint64_t size = header.size();

  ByteWriter structure;
  internal::write_structure(network, structure, [&](const Tensor& tensor, ByteWriter& description) {
    const internal::TensorSize tensor_size =
        internal::write_tensor(tensor, way, description, stream);
    size += tensor_size.section;
    add(tensor_size, result);
  });
  const internal::Section section =
      internal::write_section(Bytes::own(structure.bytes()), internal::kStructureKind,
                              internal::Way::kCoded, stream)
          .section;
  size += section.packed_bytes;

  ByteWriter end;
  section.write(end);
  const std::uint64_t description_size = end.bytes().size();
  size += description_size + internal::kFooterBytes;
  end.fixed64(description_size);
  end.fixed64(size);
  end.fixed64(hash64(end.bytes(), hash64(header)));
  put(stream, end.bytes());
  result.bytes = static_cast<std::size_t>(size);
  result.structure = result.bytes - result.positions - result.values;
  return result;
}

}  // namespace

PackResult write(const graph::Network& network, const std::filesystem::path& file,
                 const PackOptions& options) {
  PackResult result;
  try {
    write_file_atomically(
        file, [&](std::ostream& stream) { result = write_stream(network, options, stream); });
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
  return result;
}

std::string write_bytes(const graph::Network& network, const PackOptions& options) {
  std::ostringstream stream;
  write_stream(network, options, stream);
  return std::move(stream).str();
}

}  // namespace gcompress::packed

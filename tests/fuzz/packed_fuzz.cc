// Any bytes are a packed network or an Error of the input. Checksums would stop nearly every change
// at the door, so the input is also taken for the inner parts that they guard.
#include <cstdint>
#include <cstdlib>

#include "gcompress/core/graph/topology.h"
#include "gcompress/core/packed/internal/section.h"
#include "gcompress/core/packed/internal/structure.h"
#include "gcompress/core/packed/internal/tensor_codec.h"
#include "gcompress/core/packed/packed.h"

namespace {

using gcompress::Error;
using gcompress::ErrorKind;
namespace packed = gcompress::packed;
namespace internal = gcompress::packed::internal;

using Input = std::span<const std::byte>;

template <typename Work>
void expect_success_or_refusal(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kBug) std::abort();
  }
}

void read_structure(Input input) {
  internal::ByteReader reader(input);
  Input sections;
  gcompress::graph::Network network = internal::read_structure(
      reader, [&](internal::ByteReader& each) { return internal::read_tensor(each, sections); });
  gcompress::graph::check_and_sort(network);
}

// The first bytes describe the section, the rest are its content, with the checksum it should have.
void read_section(Input input) {
  internal::ByteReader reader(input);
  const std::size_t width = std::size_t{1} << reader.byte() % 4;
  const std::uint8_t more = reader.byte();
  const internal::ElementKind kind{
      .width = width, .floating = more % 2 == 0, .row = std::size_t{1} + more / 2};
  internal::Section section = internal::Section::read(reader);
  const Input content = reader.raw(reader.left());
  section.checksum = internal::checksum_of(content);
  internal::read_section(section, kind, content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input{reinterpret_cast<const std::byte*>(data), size};
  expect_success_or_refusal([&] { packed::read_bytes(input); });
  expect_success_or_refusal([&] { read_structure(input); });
  expect_success_or_refusal([&] { read_section(input); });
  return 0;
}

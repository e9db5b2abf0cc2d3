// A tensor in the structure: type, shape, and either its bytes or its section. Internal to
// core/packed.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/packed/internal/byte_stream.h"

namespace gcompress::packed::internal {

// Describes the tensor in `structure`; the bytes of large ones go to `sections`.
// Returns how many went there.
std::uint64_t write_tensor(const Tensor& tensor, ByteWriter& structure, std::ostream& sections);

// The reverse; takes a section, if the tensor has one, from the front of `sections`.
Tensor read_tensor(ByteReader& structure, std::span<const std::byte>& sections);

}  // namespace gcompress::packed::internal

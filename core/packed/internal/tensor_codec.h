// A tensor in the structure: type, shape, and either its bytes or its section. Internal to
// core/packed.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/packed/internal/byte_stream.h"
#include "gcompress/core/packed/internal/section.h"

namespace gcompress::packed::internal {

// What a tensor took; all in bytes. Small ones lie in the structure and have no positions and
// values.
struct TensorSize {
  std::uint64_t dense = 0;
  std::uint64_t section = 0;
  PartBytes parts;
  Bounds bounds;
};

// Describes the tensor in `structure`; the bytes of large ones go to `sections`.
TensorSize write_tensor(const Tensor& tensor, Way way, ByteWriter& structure,
                        std::ostream& sections);

// The reverse; takes a section, if the tensor has one, from the front of `sections`.
Tensor read_tensor(ByteReader& structure, std::span<const std::byte>& sections);

}  // namespace gcompress::packed::internal

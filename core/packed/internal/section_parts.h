// Reading codings 0 to 2: bitmaps and byte planes. Internal to core/packed.
//
// Elements are taken 131,072 at a time. Each such group starts at a byte of its own in every
// bitmap; bit i of a bitmap lies in byte i / 8, lowest bit first.
#pragma once

#include <cstddef>
#include <span>

#include "gcompress/core/packed/internal/section.h"

namespace gcompress::packed::internal {

// Fills `raw` (zeros) from the parts in the order in which they were written.
void read_parts(std::span<Decompressor> parts, const ElementKind& kind, Coding coding,
                std::span<std::byte> raw);

}  // namespace gcompress::packed::internal

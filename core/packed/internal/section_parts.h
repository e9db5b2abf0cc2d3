// Bitmaps and byte planes before compression: the parts of the codings up to kSignedZeros, and the
// planes of kPlanes. Internal to core/packed.
//
// Elements are taken 131,072 at a time. Each such group starts at a byte of its own in every
// bitmap; bit i of a bitmap lies in byte i / 8, lowest bit first.
#pragma once

#include <cstddef>
#include <span>

#include "gcompress/core/packed/internal/section.h"

namespace gcompress::packed::internal {

// A bit for each element: are its bytes written?
void write_bitmap(const Bytes& bytes, const ElementKind& kind, Coding coding,
                  Compressor& compressor);
// A bit for each floating element that is zero: is it negative?
void write_signs(const Bytes& bytes, const ElementKind& kind, Compressor& compressor);
// One byte of each element that is written.
void write_plane(const Bytes& bytes, const ElementKind& kind, Coding coding, std::size_t plane,
                 Compressor& compressor);

// Fills `raw` (zeros) from the parts in the order in which they were written.
void read_parts(std::span<Decompressor> parts, const ElementKind& kind, Coding coding,
                std::span<std::byte> raw);

}  // namespace gcompress::packed::internal

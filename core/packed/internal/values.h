// The values of the elements that are written. Internal to core/packed; docs/formats.md describes
// the forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gcompress/core/packed/internal/section.h"
#include "gcompress/core/packed/internal/statistics.h"

namespace gcompress::packed::internal {

// One byte of each element that is written (of every element: kDense), by zstd.
void write_plane(const Bytes& bytes, const ElementKind& kind, Coding coding, std::size_t plane,
                 const Sink& sink);
// All bytes of the elements, one after another.
void write_raw(const Bytes& bytes, const ElementKind& kind, const Sink& sink);
// The different values, ascending.
void write_codebook(const Statistics& statistics, const ElementKind& kind, const Sink& sink);
// For each element its place in the codebook: range-coded, or in as few bits as all fit.
void write_indices(const Bytes& bytes, const ElementKind& kind, const Statistics& statistics,
                   Way way, const Sink& sink);

class ValueReader {
 public:
  virtual ~ValueReader() = default;
  // Fills in the elements of a group at these places.
  virtual void next(std::span<const std::uint32_t> written, std::byte* group) = 0;
  // Throws Error(kInput) if the parts go on.
  virtual void finish() = 0;
};

std::unique_ptr<ValueReader> read_planes(std::span<const std::span<const std::byte>> parts,
                                         const ElementKind& kind);
std::unique_ptr<ValueReader> read_raw(std::span<const std::byte> part, const ElementKind& kind);
std::unique_ptr<ValueReader> read_shared(std::span<const std::byte> codebook,
                                         std::span<const std::byte> indices,
                                         const ElementKind& kind, Way way);

}  // namespace gcompress::packed::internal

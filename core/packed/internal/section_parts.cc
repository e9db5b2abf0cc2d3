// Joining bitmaps and planes.
#include "gcompress/core/packed/internal/section_parts.h"

#include <algorithm>

#include "gcompress/core/packed/internal/elements.h"

namespace gcompress::packed::internal {
namespace {

bool get_bit(const std::vector<std::byte>& bitmap, std::size_t place) {
  return (bitmap[place / 8] >> (place % 8) & std::byte{1}) != std::byte{};
}

}  // namespace

void read_parts(std::span<Decompressor> parts, const ElementKind& kind, Coding coding,
                std::span<std::byte> raw) {
  const std::span<Decompressor> planes = parts.last(kind.width);
  const std::size_t elements = raw.size() / kind.width;
  std::vector<std::byte> bitmap;
  std::vector<std::byte> values(std::min(kGroup, elements));
  std::vector<std::size_t> written;  // places in the group
  std::vector<std::size_t> zeros;
  for (std::size_t start = 0; start < elements; start += kGroup) {
    const std::size_t count = std::min(kGroup, elements - start);
    std::byte* group = raw.data() + start * kind.width;
    written.clear();
    zeros.clear();
    if (coding != Coding::kDense) {
      bitmap.resize((count + 7) / 8);
      parts[0].read(bitmap);
    }
    for (std::size_t i = 0; i < count; ++i) {
      (coding == Coding::kDense || get_bit(bitmap, i) ? written : zeros).push_back(i);
    }
    if (coding == Coding::kSignedZeros) {
      bitmap.resize((zeros.size() + 7) / 8);
      parts[1].read(bitmap);
      for (std::size_t i = 0; i < zeros.size(); ++i) {
        if (get_bit(bitmap, i)) group[zeros[i] * kind.width + kind.width - 1] = kSign;
      }
    }
    for (std::size_t plane = 0; plane < kind.width; ++plane) {
      planes[plane].read(std::span(values).first(written.size()));
      for (std::size_t i = 0; i < written.size(); ++i) {
        group[written[i] * kind.width + plane] = values[i];
      }
    }
  }
}

}  // namespace gcompress::packed::internal

// Splitting elements into bitmaps and planes, and joining them.
#include "gcompress/core/packed/internal/section_parts.h"

#include <algorithm>

#include "gcompress/core/packed/internal/elements.h"

namespace gcompress::packed::internal {
namespace {

bool ignores_sign(Coding coding) { return coding == Coding::kSignedZeros; }

void set_bit(std::vector<std::byte>& bitmap, std::size_t place) {
  bitmap[place / 8] |= std::byte{1} << (place % 8);
}

bool get_bit(const std::vector<std::byte>& bitmap, std::size_t place) {
  return (bitmap[place / 8] >> (place % 8) & std::byte{1}) != std::byte{};
}

}  // namespace

void write_bitmap(const Bytes& bytes, const ElementKind& kind, Coding coding,
                  Compressor& compressor) {
  std::vector<std::byte> bitmap;
  for_each_group(bytes, kind.width, [&](const std::byte* elements, std::size_t count) {
    bitmap.assign((count + 7) / 8, std::byte{});
    for (std::size_t i = 0; i < count; ++i) {
      if (is_written(elements + i * kind.width, kind.width, ignores_sign(coding))) {
        set_bit(bitmap, i);
      }
    }
    compressor.write(bitmap);
  });
}

void write_signs(const Bytes& bytes, const ElementKind& kind, Compressor& compressor) {
  std::vector<std::byte> bitmap;
  for_each_group(bytes, kind.width, [&](const std::byte* elements, std::size_t count) {
    bitmap.assign((count + 7) / 8, std::byte{});
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* element = elements + i * kind.width;
      if (is_written(element, kind.width, true)) continue;
      if (element[kind.width - 1] == kSign) set_bit(bitmap, zeros);
      ++zeros;
    }
    compressor.write(std::span(bitmap).first((zeros + 7) / 8));
  });
}

void write_plane(const Bytes& bytes, const ElementKind& kind, Coding coding, std::size_t plane,
                 Compressor& compressor) {
  std::vector<std::byte> values;
  for_each_group(bytes, kind.width, [&](const std::byte* elements, std::size_t count) {
    values.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* element = elements + i * kind.width;
      if (coding == Coding::kDense || is_written(element, kind.width, ignores_sign(coding))) {
        values.push_back(element[plane]);
      }
    }
    compressor.write(values);
  });
}

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

// Splitting elements into bitmaps and planes, and joining them.
#include "gcompress/core/packed/internal/section_parts.h"

#include <algorithm>
#include <cstring>

namespace gcompress::packed::internal {
namespace {

constexpr std::size_t kGroup = std::size_t{1} << 17;
constexpr std::byte kSign{0x80};

// Is any bit of the element set, not counting the sign where that is to be ignored?
bool is_written(const std::byte* element, std::size_t width, bool ignore_sign) {
  if (width == 4) {  // float32, by far the commonest, as one comparison
    std::uint32_t bits = 0;
    std::memcpy(&bits, element, sizeof(bits));
    return (ignore_sign ? bits << 1 : bits) != 0;
  }
  std::byte any{};
  for (std::size_t i = 0; i + 1 < width; ++i) any |= element[i];
  const std::byte last = element[width - 1];
  return (any | (ignore_sign ? last & ~kSign : last)) != std::byte{};
}

bool ignores_sign(Coding coding) { return coding == Coding::kSignedZeros; }

// Calls visit(first element, number of elements) group by group and releases what was read.
template <typename Visit>
void for_each_group(const Bytes& bytes, std::size_t width, Visit&& visit) {
  const std::size_t elements = bytes.size() / width;
  for (std::size_t start = 0; start < elements; start += kGroup) {
    const std::size_t count = std::min(kGroup, elements - start);
    const Bytes group = bytes.slice(start * width, count * width);
    visit(group.data(), count);
    group.release_pages();
  }
}

void set_bit(std::vector<std::byte>& bitmap, std::size_t place) {
  bitmap[place / 8] |= std::byte{1} << (place % 8);
}

bool get_bit(const std::vector<std::byte>& bitmap, std::size_t place) {
  return (bitmap[place / 8] >> (place % 8) & std::byte{1}) != std::byte{};
}

}  // namespace

Counts count_elements(const Bytes& bytes, const ElementKind& kind) {
  Counts counts;
  for_each_group(bytes, kind.width, [&](const std::byte* elements, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* element = elements + i * kind.width;
      counts.any_bit_set += is_written(element, kind.width, false);
      counts.not_zero += is_written(element, kind.width, kind.floating);
    }
  });
  return counts;
}

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

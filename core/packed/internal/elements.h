// Walking over a tensor's elements, in groups that fit the cache. Internal to core/packed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/packed/internal/section.h"

namespace gcompress::packed::internal {

inline constexpr std::size_t kGroup = std::size_t{1} << 17;  // elements
inline constexpr std::byte kSign{0x80};

// Is any bit of the element set, not counting the sign where that is to be ignored?
inline bool is_written(const std::byte* element, std::size_t width, bool ignore_sign) {
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

// The element's bits as a number, of at most 8 bytes.
inline std::uint64_t bits_of_element(const std::byte* element, std::size_t width) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, element, width);
  return bits;
}

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

// Calls visit(element) for all that are not zero.
template <typename Visit>
void for_each_written(const Bytes& bytes, const ElementKind& kind, Visit&& visit) {
  const std::size_t width = kind.width;
  for_each_group(bytes, width, [&](const std::byte* elements, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* element = elements + i * width;
      if (is_written(element, width, kind.floating)) visit(element);
    }
  });
}

}  // namespace gcompress::packed::internal

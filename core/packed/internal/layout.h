// The fixed parts of a .gcz file. Internal to core/packed; docs/formats.md describes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gcompress::packed::internal {

// The line ends and the zero byte show a transfer in text mode, as PNG's signature does.
inline constexpr std::array<unsigned char, 8> kMagic = {0x89, 'G', 'C', 'Z', '\r', '\n', 0x1A, 0};
inline constexpr std::uint32_t kVersion = 2;     // written; version 1 is read, too
inline constexpr std::size_t kHeaderBytes = 16;  // magic, version, zeros
inline constexpr std::size_t kFooterBytes = 24;  // description's size, file's size, checksum

// Tensors up to this size lie in the structure itself: small ones compress better together.
inline constexpr std::size_t kInlineBytes = 512;

}  // namespace gcompress::packed::internal

// Hashes: XXH3 for tables and checksums, SHA-256 for naming files in reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace gcompress {

// XXH3, 64 bits.
std::uint64_t hash64(std::span<const std::byte> bytes, std::uint64_t seed = 0);
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

// SHA-256 of a file's bytes as 64 lower-case hexadecimal digits; read in pieces.
// Throws Error(kInput) if the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& file);
std::string sha256(std::span<const std::byte> bytes);

}  // namespace gcompress

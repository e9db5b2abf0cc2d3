// .gcz: the packed network, what ships. Storage only: for each floating tensor a bitmap of its
// nonzeros and their values, the rest of the model as it is, zstd, checksums. docs/formats.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "gcompress/core/graph/network.h"

namespace gcompress::packed {

struct PackResult {
  std::size_t bytes = 0;  // of the whole file
};

// Packs a model atomically; bit-exact: read() gives the same network, tensor for tensor (negative
// zeros and NaN payloads included) and node for node.
PackResult write(const graph::Network& network, const std::filesystem::path& file);
// The same bytes in memory.
std::string write_bytes(const graph::Network& network);

// Reads a packed network. Throws Error(kInput) naming what is wrong if the file is damaged
// (checksum), truncated or hostile; memory is bounded by what the file really holds.
graph::Network read(const std::filesystem::path& file);
graph::Network read_bytes(std::span<const std::byte> bytes, const std::string& name = "packed");

}  // namespace gcompress::packed

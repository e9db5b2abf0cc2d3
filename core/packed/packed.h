// .gcz: the packed network, what ships. Storage only: for each tensor where its nonzeros are and
// their values, few different ones as a codebook and indices, all coded near their entropy; the
// rest of the model by zstd; checksums. docs/formats.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "gcompress/core/graph/network.h"

namespace gcompress::packed {

struct PackOptions {
  // Positions and values in fields of a fixed count of bits and bytes as they are, for readers
  // without an entropy decoder; else coded.
  bool plain = false;
};

// Where the bytes of a file went. Small tensors lie in the structure.
struct PackResult {
  std::size_t bytes = 0;        // of the whole file
  std::size_t dense_bytes = 0;  // of the tensors as they are
  std::size_t positions = 0;    // which elements are not zero
  std::size_t values = 0;       // of those, with codebooks
  std::size_t structure = 0;    // all else: nodes, names, small tensors, descriptions, checksums
  // Zeroth-order entropy: what positions and values take at the least where elements know nothing
  // of each other, and values are of full width, or indices of a codebook where that is less.
  double positions_bound = 0;
  double values_bound = 0;
};

// Packs a model atomically; bit-exact: read() gives the same network, tensor for tensor (negative
// zeros and NaN payloads included) and node for node.
PackResult write(const graph::Network& network, const std::filesystem::path& file,
                 const PackOptions& options = {});
// The same bytes in memory.
std::string write_bytes(const graph::Network& network, const PackOptions& options = {});

// Reads a packed network. Throws Error(kInput) naming what is wrong if the file is damaged
// (checksum), truncated or hostile; memory is bounded by what the file really holds.
graph::Network read(const std::filesystem::path& file);
graph::Network read_bytes(std::span<const std::byte> bytes, const std::string& name = "packed");

}  // namespace gcompress::packed

// What the teachers answer to every training sample, on disk: computed once, read in every epoch.
//
// File, little-endian: 8 bytes "GCANSWER", uint32 version, uint32 0, uint64 key, uint64 rows,
// uint64 floats a row, the rows in float32, uint64 checksum: XXH3 over blocks of 4 MiB of the rows,
// each seeded with the sum before it. Written atomically.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/base/tensor.h"

namespace gcompress::distill {

struct CacheKey {
  std::uint64_t key = 0;  // of all that decides the rows
  std::int64_t rows = 0;
  std::int64_t row_size = 0;  // floats

  std::int64_t bytes() const { return rows * row_size * 4; }
};

class AnswerCache {
 public:
  // Writes rows number first, first + 1, ...: count * row_size floats.
  using Compute = std::function<std::vector<float>(std::int64_t first, std::int64_t count)>;

  // Maps FILE if it holds these rows; otherwise computes them, `block` at a time, and writes it.
  // Why one that is there was not taken (damaged, of other teachers or data) is said by `say`.
  // Throws Error(kInput) if it cannot be written.
  static AnswerCache open(const std::filesystem::path& file, const CacheKey& key,
                          std::int64_t block, const Compute& compute,
                          const std::function<void(const std::string&)>& say);

  std::span<const float> row(std::int64_t number) const {
    return rows_.subspan(static_cast<std::size_t>(number * row_size_),
                         static_cast<std::size_t>(row_size_));
  }

 private:
  Bytes bytes_;
  std::span<const float> rows_;
  std::int64_t row_size_ = 0;
};

}  // namespace gcompress::distill

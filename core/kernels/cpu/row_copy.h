// Copies many short rows; a call of memcpy for each costs more than the copy.
#pragma once

#include <cstdint>

namespace gcompress::kernels {

// to[r to_row + i] = from[r from_row + i step], r < rows, i < count. Reads and writes no other
// places. Counts in floats; step >= 1.
struct RowCopy {
  const float* from = nullptr;
  std::int64_t from_row = 0;
  std::int64_t step = 1;
  float* to = nullptr;
  std::int64_t to_row = 0;
  std::int64_t rows = 0;
  std::int64_t count = 0;
};

void copy_rows(const RowCopy& copy);

}  // namespace gcompress::kernels

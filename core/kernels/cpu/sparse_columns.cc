// Sparse columns: sums lie in the first-level cache, so plain code does.
#include "gcompress/core/kernels/cpu/sparse_columns.h"

#include <algorithm>

namespace gcompress::kernels {

SparseColumns columns_of(const TapRows& weight, std::int64_t columns) {
  SparseColumns made{.rows = weight.rows()};
  made.begin.assign(static_cast<std::size_t>(columns) + 1, 0);
  for (const std::int32_t column : weight.offsets)
    ++made.begin[static_cast<std::size_t>(column) + 1];
  for (std::size_t c = 1; c < made.begin.size(); ++c) made.begin[c] += made.begin[c - 1];
  made.row.resize(weight.offsets.size());
  made.values.resize(weight.offsets.size());
  std::vector<std::int64_t> next(made.begin.begin(), made.begin.end() - 1);
  for (std::int64_t r = 0; r < weight.rows(); ++r) {
    for (auto t = static_cast<std::size_t>(weight.begin[static_cast<std::size_t>(r)]);
         t < static_cast<std::size_t>(weight.begin[static_cast<std::size_t>(r) + 1]); ++t) {
      const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(weight.offsets[t])]++);
      made.row[at] = static_cast<std::int32_t>(r);
      made.values[at] = weight.values[t];
    }
  }
  return made;
}

void multiply_columns_by_vector(const SparseColumns& weight, const float* x, float* y,
                                const Epilogue& epilogue) {
  if (epilogue.bias == nullptr) {
    std::fill_n(y, weight.rows, 0.0F);
  } else {
    std::copy_n(epilogue.bias, weight.rows, y);
  }
  const auto columns = static_cast<std::int64_t>(weight.begin.size()) - 1;
  for (std::int64_t c = 0; c < columns; ++c) {
    const float input = x[c];
    if (input == 0) continue;
    const std::int64_t end = weight.begin[static_cast<std::size_t>(c) + 1];
    for (std::int64_t t = weight.begin[static_cast<std::size_t>(c)]; t < end; ++t) {
      const auto at = static_cast<std::size_t>(t);
      y[weight.row[at]] += weight.values[at] * input;
    }
  }
  for (std::int64_t r = 0; r < weight.rows; ++r) {
    const float added = epilogue.add == nullptr ? 0 : epilogue.add[r * epilogue.add_stride];
    y[r] = std::clamp(y[r] + added, epilogue.low, epilogue.high);
  }
}

}  // namespace gcompress::kernels

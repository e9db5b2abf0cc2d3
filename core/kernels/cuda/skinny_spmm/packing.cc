#include "gcompress/core/kernels/cuda/skinny_spmm/packing.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/config.h"

namespace gcompress::cuda::skinny_spmm {

// 128 * 128 * this stays below 2^31.
constexpr std::size_t kMaxInt8Nonzeros = 131071;

int SlabMatrix::slabs() const { return (columns + kSlabColumns - 1) / kSlabColumns; }

std::size_t SlabMatrix::bytes() const {
  return segment_begin.size() * sizeof segment_begin[0] + indices.size() + values.size();
}

SlabMatrix pack(const DenseMatrix& weight, ValueType type) {
  GCOMPRESS_CHECK(weight.values.size() ==
                  static_cast<std::size_t>(weight.rows) * static_cast<std::size_t>(weight.columns));
  SlabMatrix packed{.rows = weight.rows, .columns = weight.columns, .type = type};
  packed.segment_begin.push_back(0);
  std::vector<float> values;
  for (int row = 0; row < weight.rows; ++row) {
    const std::size_t row_begin = values.size();
    for (int slab = 0; slab < packed.slabs(); ++slab) {
      const int begin = slab * kSlabColumns;
      for (int c = begin; c < std::min(begin + kSlabColumns, weight.columns); ++c) {
        const float value = rounded(weight.at(row, c), type);
        if (value == 0) continue;
        packed.indices.push_back(static_cast<std::uint8_t>(c - begin));
        values.push_back(value);
      }
      if (values.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw Error(ErrorKind::kUnsupported, "a weight has more than 4,294,967,295 nonzeros");
      }
      packed.segment_begin.push_back(static_cast<std::uint32_t>(values.size()));
    }
    if (type == ValueType::kInt8 && values.size() - row_begin > kMaxInt8Nonzeros) {
      throw Error(
          ErrorKind::kUnsupported,
          fmt::format("a row of an int8 weight has more than {} nonzeros", kMaxInt8Nonzeros));
    }
  }
  packed.values = encode(values, type);
  return packed;
}

}  // namespace gcompress::cuda::skinny_spmm

// The layout of rows for tables.
#include "gcompress/core/kernels/cpu/table_vector.h"

#include <algorithm>
#include <array>
#include <map>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cpu/quad_kernels.h"
#include "gcompress/core/kernels/cpu/quad_words.h"

namespace gcompress::kernels {
namespace {

constexpr std::int64_t kRows = 16, kInputs = 64, kSlots = 4;

struct Kept {
  std::uint8_t place = 0;
  std::int8_t weight = 0;
};
using RowsOfBlock = std::array<std::vector<Kept>, kRows>;

// What 16 rows keep, block by block.
std::map<std::int32_t, RowsOfBlock> blocks_of(const QuadRows& rows, std::int64_t first) {
  std::map<std::int32_t, RowsOfBlock> blocks;
  for (std::int64_t r = first; r < std::min(first + kRows, rows.rows()); ++r) {
    const auto row = static_cast<std::size_t>(r);
    for (std::int64_t t = rows.begin[row]; t < rows.begin[row + 1]; ++t) {
      const QuadTap& tap = rows.taps[static_cast<std::size_t>(t)];
      const QuadWeights weights = weights_of(tap.weights);
      for (std::int64_t k = 0; k < 4; ++k) {
        const std::int8_t weight = weights[static_cast<std::size_t>(k)];
        const std::int64_t input = 4 * static_cast<std::int64_t>(tap.offset) + k;
        if (weight == 0) continue;
        blocks[static_cast<std::int32_t>(input / kInputs)][static_cast<std::size_t>(r - first)]
            .push_back({static_cast<std::uint8_t>(input % kInputs), weight});
      }
    }
  }
  return blocks;
}

}  // namespace

TableRows table_rows(const QuadRows& rows) {
  GCOMPRESS_CHECK(rows.shared.empty());
  TableRows laid{.rows = rows.rows()};
  for (std::int64_t first = 0; first < laid.rows; first += kRows) {
    for (const auto& [block, kept] : blocks_of(rows, first)) {
      std::size_t most = 0;
      for (const std::vector<Kept>& row : kept) most = std::max(most, row.size());
      for (std::size_t slot = 0; slot < most; slot += kSlots) {
        laid.block.push_back(block);
        for (const std::vector<Kept>& row : kept) {
          for (std::size_t k = slot; k < slot + kSlots; ++k) {
            const Kept one = k < row.size() ? row[k] : Kept{};
            laid.places.push_back(one.place);
            laid.weights.push_back(one.weight);
          }
        }
      }
    }
    laid.begin.push_back(laid.steps());
  }
  return laid;
}

const TableVectorKernel* table_vector_kernel() {
  const TableVectorKernel* kernel = avx512_vbmi_table_vector_kernel();
  return kernel != nullptr && kernel->runs_here() ? kernel : nullptr;
}

}  // namespace gcompress::kernels

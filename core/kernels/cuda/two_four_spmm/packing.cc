#include "gcompress/core/kernels/cuda/two_four_spmm/packing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/tile_sizes.h"

namespace gcompress::cuda::two_four_spmm {
namespace {

using namespace tensor_tile;

constexpr int kPieceColumns = 32;

// Appends one bitmap of 8 rows and 16 columns and its values; what does not fit goes into the list.
// Its first element is (row, column).
void append_bitmap(TwoFourMatrix& packed, const DenseMatrix& weight, int row, int column) {
  std::array<std::uint32_t, 4> words{};
  int of_four = 0;  // nonzeros so far
  for (int bit = 0; bit < 128; ++bit) {
    const int r = row + bit / 16;
    const int c = column + bit % 16;
    if (c % 4 == 0) of_four = 0;
    if (r >= weight.rows || c >= weight.columns) continue;
    const float value = rounded(weight.at(r, c), ValueType::kHalf);
    if (value == 0) continue;
    if (++of_four <= 2) {
      words[static_cast<std::size_t>(bit / 32)] |= 1u << bit % 32;
      packed.values.push_back(bits_of(value, ValueType::kHalf));
    } else {
      const auto place =
          static_cast<std::uint32_t>(r % kStripRows) << 28 | static_cast<std::uint32_t>(c);
      packed.residual.push_back({place, value});
    }
  }
  packed.bitmaps.insert(packed.bitmaps.end(), words.begin(), words.end());
}

}  // namespace

int TwoFourMatrix::strips() const { return (rows + kStripRows - 1) / kStripRows; }
int TwoFourMatrix::steps() const { return (columns + kStepColumns - 1) / kStepColumns; }
std::size_t TwoFourMatrix::bytes() const {
  return 4 * (value_begin.size() + bitmaps.size() + residual_begin.size()) + 2 * values.size() +
         8 * residual.size();
}

TwoFourMatrix pack(const DenseMatrix& weight) {
  if (weight.columns > 1 << 28) {
    throw Error(ErrorKind::kUnsupported, "a weight has more than 268,435,456 columns");
  }
  TwoFourMatrix packed{.rows = weight.rows, .columns = weight.columns};
  packed.value_begin.push_back(0);
  packed.residual_begin.push_back(0);
  for (int row = 0; row < packed.strips() * kStripRows; row += kStripRows) {
    for (int column = 0; column < packed.steps() * kStepColumns; column += kPieceColumns) {
      for (const auto& [down, right] : {std::pair{0, 0}, {8, 0}, {0, 16}, {8, 16}}) {
        append_bitmap(packed, weight, row + down, column + right);
      }
      if ((column + kPieceColumns) % kStepColumns != 0) continue;
      packed.values.resize((packed.values.size() + kChunk - 1) / kChunk * kChunk);
      packed.value_begin.push_back(static_cast<std::uint32_t>(packed.values.size() / kChunk));
    }
    std::sort(packed.residual.begin() + packed.residual_begin.back(), packed.residual.end(),
              [](const auto& a, const auto& b) { return a.place < b.place; });
    packed.residual_begin.push_back(static_cast<std::uint32_t>(packed.residual.size()));
  }
  return packed;
}

}  // namespace gcompress::cuda::two_four_spmm

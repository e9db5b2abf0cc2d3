#include "gcompress/core/kernels/cuda/bitmap_spmm/packing.h"

#include <array>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/tile_sizes.h"

namespace gcompress::cuda::bitmap_spmm {
namespace {

using namespace tensor_tile;

// Appends one quadrant's bitmap and values; its first element is (row, column).
void append_quadrant(BitmapMatrix& packed, const DenseMatrix& weight, int row, int column) {
  std::array<std::uint32_t, 2> words{};
  for (int bit = 0; bit < 64; ++bit) {
    const int r = row + bit / 8;
    const int c = column + bit % 8;
    if (r >= weight.rows || c >= weight.columns || rounded(weight.at(r, c), packed.type) == 0)
      continue;
    words[static_cast<std::size_t>(bit / 32)] |= 1u << bit % 32;
    packed.values.push_back(bits_of(weight.at(r, c), packed.type));
  }
  packed.bitmaps.insert(packed.bitmaps.end(), words.begin(), words.end());
}

}  // namespace

int BitmapMatrix::strips() const { return (rows + kStripRows - 1) / kStripRows; }
int BitmapMatrix::steps() const { return (columns + kStepColumns - 1) / kStepColumns; }
std::size_t BitmapMatrix::bytes() const {
  return 4 * value_begin.size() + 4 * bitmaps.size() + 2 * values.size();
}

BitmapMatrix pack(const DenseMatrix& weight, ValueType type) {
  GCOMPRESS_CHECK(type != ValueType::kFloat);
  BitmapMatrix packed{.rows = weight.rows, .columns = weight.columns, .type = type};
  packed.value_begin.push_back(0);
  for (int row = 0; row < packed.strips() * kStripRows; row += kStripRows) {
    for (int column = 0; column < packed.steps() * kStepColumns; column += 16) {
      for (const auto& [down, right] : {std::pair{0, 0}, {8, 0}, {0, 8}, {8, 8}}) {
        append_quadrant(packed, weight, row + down, column + right);
      }
      if ((column + 16) % kStepColumns != 0) continue;
      packed.values.resize((packed.values.size() + kChunk - 1) / kChunk * kChunk);
      packed.value_begin.push_back(static_cast<std::uint32_t>(packed.values.size() / kChunk));
    }
  }
  return packed;
}

}  // namespace gcompress::cuda::bitmap_spmm
